// The result of a build before it is exported.
import type { HistoryEntry, ImageConfig } from "../images/configuration.ts";
import type { Image } from "../images/image.ts";
import type { SolveResult } from "./solve-request.ts";

/** The files of an unlisted image, and everything that goes into the exported image's configuration. */
export interface Solution {
  /** Undefined: no files. */
  root: Image | undefined;
  config: Omit<ImageConfig, "rootfs">;
}

export class SolvedBuild implements SolveResult {
  readonly id: string;
  readonly solution: Solution;
  private readonly release: () => void;

  constructor(id: string, solution: Solution, release: () => void) {
    this.id = id;
    this.solution = solution;
    this.release = release;
  }

  /** The configuration of the exported image. */
  get config(): ImageConfig {
    const { root, config } = this.solution;
    return { ...config, rootfs: { type: "layers", diff_ids: root?.config.rootfs.diff_ids ?? [] } };
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/**
 * Sets the time of every history entry: one without a layer gets that of the first new layer, or of the last layer
 * before it. Source: moby/buildkit, exporter/containerimage/writer.go (normalizeLayersAndHistory).
 */
export function withTimes(history: readonly HistoryEntry[]): HistoryEntry[] {
  const firstWithout = history.findIndex(({ created }) => created === undefined);
  if (firstWithout === -1) return [...history];
  const before = history.slice(0, firstWithout).findLast(({ created }) => created !== undefined)?.created;
  let created = history.slice(firstWithout).find((entry) => entry.created !== undefined)?.created ?? before;
  let hasPassed = false;
  return history.map((entry) => {
    if (entry.created !== undefined) {
      if (hasPassed) created = entry.created;
      return entry;
    }
    hasPassed = true;
    return created === undefined ? entry : { ...entry, created };
  });
}
