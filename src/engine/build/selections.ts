// Caches what was found in the files of images. Layers never change, so later builds need not read them again.
import type { Selected, Selection } from "../../storage/build/messages.ts";
import { digestOf } from "../../storage/content.ts";
import type { Image } from "../images/image.ts";

/** Files that a step reads. */
export interface Selections {
  selected: Selected[];
  /** Digest of their names, modes and contents. */
  digest: string;
}

const MAX_ENTRIES = 1000;
/** Long lists are cheap to recompute compared with the copy that follows. */
const MAX_SELECTED = 100;

export class KnownSelections {
  /** Most recently used last. */
  private readonly entries = new Map<string, Selections>();

  async get(image: Image, selection: Selection, find: () => Promise<Selections>): Promise<Selections> {
    const key = digestOf(JSON.stringify([image.config.rootfs.diff_ids, selection]));
    const found = this.entries.get(key) ?? (await find());
    this.entries.delete(key);
    if (found.selected.length <= MAX_SELECTED) this.entries.set(key, found);
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= MAX_ENTRIES) break;
      this.entries.delete(oldest);
    }
    return found;
  }
}
