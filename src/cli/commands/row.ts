// One row of the table of commands.
import type { Command } from "../command.ts";

export interface CommandRow {
  /** "container ls" for a command of a group, "login" for one without. */
  path: string;
  /** Other full paths. */
  aliases?: readonly string[];
  /** Its short form at the top level. */
  shortForm?: string;
  /** What the help lists as its names, where they are of several rows. */
  names?: readonly string[];
  summary: string;
  /** Neither in help nor in completion. */
  hidden?: boolean;
  load(): Promise<Command>;
}

export interface Group {
  name: string;
  /** What follows the name where a mistake is answered with how the group is used; Docker has it for some. */
  usage?: string;
  summary: string;
  description?: string;
  hidden?: boolean;
}
