// The page asks its server which files of a directory belong to a build context: the library that matches .dockerignore
// patterns needs Node's modules, which are not available in the page's bundle.

/** `POST /context` */
export interface ContextQuestion {
  /** The content of the ignore file. */
  rules: string;
  /** Paths below the directory. */
  names: string[];
  /** Those that are sent even if they are ignored. */
  kept: string[];
}

export interface ContextAnswer {
  names: string[];
}
