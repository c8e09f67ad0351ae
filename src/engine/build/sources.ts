// Workers that read the files to copy: of contexts, stages and images.
import { BerthError } from "../../api/errors.ts";
import type { Selection, SourceRoot } from "../../storage/build/messages.ts";
import { Source } from "../../storage/build/spawn.ts";
import type { Image } from "../images/image.ts";
import type { VertexResult } from "./graph/result.ts";
import type { KnownSelections, Selections } from "./selections.ts";

export class Sources {
  private readonly ofImages = new Map<string, Source>();
  private readonly others: Source[] = [];
  private readonly releases: (() => void)[] = [];
  private readonly known: KnownSelections;

  constructor(known: KnownSelections) {
    this.known = known;
  }

  /** Closed with the others. */
  add(source: Source): Source {
    this.others.push(source);
    return source;
  }

  /** Calls `release` after the last worker has stopped reading. */
  onClose(release: () => void): void {
    this.releases.push(release);
  }

  /**
   * Finds files in a context, a stage or an image.
   * @throws BerthError notFound, invalidParameter in Docker's words; also for a stage from scratch without files
   */
  async select(result: VertexResult | undefined, selection: Selection): Promise<Selections & { root: SourceRoot }> {
    if (result?.type === "source") {
      return { ...(await result.source.select(selection)), root: result.source.root };
    }
    const image = result?.image;
    if (image === undefined) throw new BerthError("invalidParameter", "the stage has no files");
    const found = await this.known.get(image, selection, () => this.ofImage(image).select(selection));
    return { ...found, root: rootOf(image) };
  }

  private ofImage(image: Image): Source {
    const known = this.ofImages.get(image.id);
    if (known) return known;
    const source = new Source(rootOf(image));
    this.ofImages.set(image.id, source);
    return source;
  }

  /** Resolves when nothing of them is mounted any more. */
  async close(): Promise<void> {
    await Promise.all([...this.others, ...this.ofImages.values()].map((source) => source.close()));
    for (const release of this.releases.splice(0)) release();
  }
}

const rootOf = ({ lowerDirectories }: Image): SourceRoot => ({ type: "layers", lower: [...lowerDirectories] });
