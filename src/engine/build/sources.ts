// The workers that read the files a build copies from: contexts, and the files of stages and images.
import { BerthError } from "../../api/errors.ts";
import { Source } from "../../storage/build/spawn.ts";
import type { VertexResult } from "./graph/result.ts";

export class Sources {
  private readonly ofImages = new Map<string, Source>();
  private readonly others: Source[] = [];
  private readonly releases: (() => void)[] = [];

  /** Closed with the others. */
  add(source: Source): Source {
    this.others.push(source);
    return source;
  }

  /** Has `release` called once no worker reads any more. */
  onClose(release: () => void): void {
    this.releases.push(release);
  }

  /** @throws BerthError for a stage from scratch that nothing was done in */
  of(result: VertexResult | undefined): Source {
    if (result?.type === "source") return result.source;
    if (result?.image === undefined) throw new BerthError("invalidParameter", "the stage has no files");
    const { id, lowerDirectories } = result.image;
    const known = this.ofImages.get(id);
    if (known) return known;
    const source = new Source({ type: "layers", lower: [...lowerDirectories] });
    this.ofImages.set(id, source);
    return source;
  }

  /** Resolves when nothing of them is mounted any more. */
  async close(): Promise<void> {
    await Promise.all([...this.others, ...this.ofImages.values()].map((source) => source.close()));
    for (const release of this.releases.splice(0)) release();
  }
}
