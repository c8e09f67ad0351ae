// The progress of a build as BuildKit's clients print it.

/** A change in the progress of a build, in the form that buildx prints as `--progress rawjson`. Times are RFC 3339. */
export interface BuildStatus {
  vertexes?: {
    digest: string;
    name: string;
    inputs?: string[];
    started?: string;
    completed?: string;
    cached?: boolean;
    error?: string;
  }[];
  statuses?: {
    id: string;
    vertex: string;
    current: number;
    total: number;
    timestamp: string;
    started?: string;
    completed?: string;
  }[];
  logs?: {
    vertex: string;
    /** 1 is standard output, 2 standard error. */
    stream: number;
    /** Base64. */
    data: string;
    timestamp: string;
  }[];
  warnings?: {
    vertex: string;
    /** Base64, as the details. */
    short: string;
    detail: string[];
    url: string;
  }[];
}
