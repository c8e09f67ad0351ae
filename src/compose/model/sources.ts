// The model's only access to the disk.

export interface Sources {
  /** The text of a Compose file. @throws ComposeError when it cannot be read or is too large */
  composeFile(path: string): Promise<string>;
  /** The text of an environment file; undefined when it does not exist. @throws ComposeError */
  variables(path: string): Promise<string | undefined>;
  isFile(path: string): boolean;
  isDirectory(path: string): boolean;
  /** The local copy of a file with a git address; undefined for a path. */
  fetched(name: string): Promise<string | undefined>;
}
