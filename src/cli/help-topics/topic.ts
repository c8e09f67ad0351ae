// A help page that belongs to no single command.

export interface Topic {
  name: string;
  summary: string;
  /** Plain text of at most 80 columns; `program` is the program's name. */
  text(program: string): string;
}
