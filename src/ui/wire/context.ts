// The page asks its server which files of a directory make the context of a build: the library that matches the patterns of
// .dockerignore needs Node's modules, which the page's bundle cannot have.

/** `POST /context` */
export interface ContextQuestion {
  /** The content of the ignore file. */
  rules: string;
  /** Paths below the directory. */
  names: string[];
  /** Those of them that are sent even if they are ignored. */
  kept: string[];
}

export interface ContextAnswer {
  names: string[];
}
