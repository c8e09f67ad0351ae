// What was found in the files of images: since layers never change, a later build need not mount and read them again.
import type { Selected, Selection } from "../../storage/build/messages.ts";
import { digestOf } from "../../storage/content.ts";
import type { Image } from "../images/image.ts";

/** Files that a step reads. */
export interface Selections {
  selected: Selected[];
  /** Of their names, modes and contents. */
  digest: string;
}

const MAX_ENTRIES = 1000;
/** Lists of many files are cheap to make again, compared with the copy that follows. */
const MAX_SELECTED = 100;

export class KnownSelections {
  /** Those that were used last come last. */
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
