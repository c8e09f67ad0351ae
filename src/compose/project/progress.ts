// Progress of changes to a project: one line per object, from start to end.

export type ProgressState = "working" | "done" | "warning" | "error";

export interface ProgressEvent {
  /** "Container shop-web-1", "Network shop_default". */
  id: string;
  state: ProgressState;
  /** "Creating", "Created". */
  text: string;
  /** Its parent: the image of a layer. */
  parent?: string;
  /** Bytes transferred. */
  current?: number;
  total?: number;
}

export interface Progress {
  tell(event: ProgressEvent): void;
  /** A message beside the progress lines. */
  warn(message: string): void;
  /** Releases the screen to work that writes to it directly. */
  aside<T>(work: () => Promise<T>): Promise<T>;
}

/** Reports start and end of some work; the caller reports its failure. */
export async function withProgress<T>(
  progress: Progress,
  id: string,
  verb: [string, string],
  work: () => Promise<T>,
): Promise<T> {
  progress.tell({ id, state: "working", text: verb[0] });
  try {
    const result = await work();
    progress.tell({ id, state: "done", text: verb[1] });
    return result;
  } catch (thrown) {
    progress.tell({ id, state: "error", text: thrown instanceof Error ? thrown.message : String(thrown) });
    throw thrown;
  }
}
