// Builds tar archives entry by entry, including ones that regular archivers would not write.
import type { TarHeader } from "../../src/storage/archive/header.ts";
import { END_OF_ARCHIVE, encodeEntry, paddingAfter } from "../../src/storage/archive/writer.ts";

/** An entry; omitted fields are those of an empty file. Names are byte strings. */
export type Entry = Partial<TarHeader> & { name: string; content?: string | Uint8Array };

export function archiveOf(entries: readonly Entry[], end = true): Buffer {
  return Buffer.concat([...entries.flatMap(partsOf), ...(end ? [END_OF_ARCHIVE] : [])]);
}

function partsOf({ content = "", ...fields }: Entry): Uint8Array[] {
  const bytes = Buffer.from(content);
  const head = encodeEntry({
    type: "file",
    linkName: "",
    mode: fields.type === "directory" ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    size: bytes.length,
    modified: 1_000_000_000n * 1_000_000_000n,
    major: 0,
    minor: 0,
    xattrs: new Map(),
    ...fields,
  });
  return [head, bytes, paddingAfter(bytes.length)];
}
