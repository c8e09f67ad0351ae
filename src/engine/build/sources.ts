// Where a build's instructions copy from: the context, and the files of stages and images.
import { Source } from "../../storage/build/spawn.ts";
import type { Image } from "../images/image.ts";

export class Sources {
  readonly context: Source;
  private readonly ofImages = new Map<string, Source>();

  constructor(context: Source) {
    this.context = context;
  }

  ofImage({ id, lowerDirectories }: Image): Source {
    const known = this.ofImages.get(id);
    if (known) return known;
    const source = new Source({ type: "layers", lower: [...lowerDirectories] });
    this.ofImages.set(id, source);
    return source;
  }

  /** Resolves when nothing of them is mounted any more. */
  async close(): Promise<void> {
    await Promise.all([this.context, ...this.ofImages.values()].map((source) => source.close()));
  }
}
