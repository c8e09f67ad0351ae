// A page of help about something that no single command owns.

export interface Topic {
  name: string;
  summary: string;
  /** Plain text of at most 80 columns; `program` is the name the program is called by. */
  text(program: string): string;
}
