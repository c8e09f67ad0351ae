// Tar archives of small files, for copying configs, secrets and watched files into containers.

const BLOCK = 512;

function field(header: Buffer, offset: number, length: number, text: string): void {
  header.write(text.slice(0, length), offset, length, "utf8");
}

const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, "0")}\0`;

export interface ArchivedFile {
  /** Absolute, in the container. */
  path: string;
  content: string | Uint8Array;
  mode: number;
  uid: number;
  gid: number;
}

/** An entry of an archive; only files have content, only symbolic links a target. */
export interface ArchivedEntry extends ArchivedFile {
  kind: "file" | "directory" | "symlink";
  target: string;
}

const TYPE_FLAGS = { file: "0", symlink: "2", directory: "5" } as const;

/** The name in a POSIX header, split into prefix and name when long. */
function divided(path: string): { name: string; prefix: string } {
  const relative = path.replace(/^\/+/, "");
  if (Buffer.byteLength(relative) <= 100) return { name: relative, prefix: "" };
  const slash = relative.indexOf("/", Math.max(0, relative.length - 100));
  return { name: relative.slice(slash + 1), prefix: relative.slice(0, Math.max(0, slash)) };
}

function blocksOf({ kind, path, content, target, mode, uid, gid }: ArchivedEntry): Uint8Array<ArrayBuffer>[] {
  const body = Buffer.from(content);
  const header = Buffer.alloc(BLOCK);
  const { name, prefix } = divided(path);
  field(header, 0, 100, name);
  field(header, 100, 8, octal(mode, 8));
  field(header, 108, 8, octal(uid, 8));
  field(header, 116, 8, octal(gid, 8));
  field(header, 124, 12, octal(body.length, 12));
  field(header, 136, 12, octal(Math.floor(Date.now() / 1000), 12));
  field(header, 148, 8, "        ");
  field(header, 156, 1, TYPE_FLAGS[kind]);
  field(header, 157, 100, target);
  field(header, 257, 8, "ustar\x0000");
  field(header, 345, 155, prefix);
  const sum = header.reduce((total, byte) => total + byte, 0);
  field(header, 148, 8, `${sum.toString(8).padStart(6, "0")}\0 `);
  return [header, body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)];
}

export function entriesArchive(entries: readonly ArchivedEntry[]): ReadableStream<Uint8Array> {
  return new Blob([...entries.flatMap(blocksOf), Buffer.alloc(2 * BLOCK)]).stream();
}

export function fileArchive(file: ArchivedFile): ReadableStream<Uint8Array> {
  return entriesArchive([{ ...file, kind: "file", target: "" }]);
}
