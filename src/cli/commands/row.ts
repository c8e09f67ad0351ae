// One row of the command table.
import type { Command } from "../command.ts";

export interface CommandRow {
  /** "container ls" for a command of a group, "login" for one without a group. */
  path: string;
  /** Other full paths. */
  aliases?: readonly string[];
  /** The short form at the top level. */
  shortForm?: string;
  /** The aliases that the help lists, when they come from several rows. */
  names?: readonly string[];
  summary: string;
  /** Hidden from help and completion. */
  hidden?: boolean;
  /** Whether it starts something and opens a raw stream to it: the client connects while the command's code loads. */
  dialsAhead?: boolean;
  load(): Promise<Command>;
}

export interface Group {
  name: string;
  /** Usage text of the group, shown after a mistake; Docker has it for some groups. */
  usage?: string;
  summary: string;
  description?: string;
  hidden?: boolean;
}
