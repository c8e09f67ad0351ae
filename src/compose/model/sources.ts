// What the model asks of the disk: the only way by which it reads.

export interface Sources {
  /** The text of a Compose file. @throws ComposeError when it cannot be read or is too large */
  composeFile(path: string): Promise<string>;
  /** The text of a file of variables; undefined when there is none. @throws ComposeError */
  variables(path: string): Promise<string | undefined>;
  isFile(path: string): boolean;
  isDirectory(path: string): boolean;
  /** The local copy of a file that is named by a git address; undefined when the name is a path. */
  fetched(name: string): Promise<string | undefined>;
}
