// Import and export of contexts: a tar archive with meta.json and the TLS files, as Docker writes it; also reads zip.
import { CommandError } from "../failure.ts";
import type { ContextMetadata, ContextTls } from "./context-store.ts";

const BLOCK = 512;
const MAX_FILE_SIZE = 10 * 1024 * 1024;
const ZIP_SIGNATURE = 0x04034b50;
const ZIP_STORED = 0;
const ZIP_DEFLATED = 8;

const TLS_NAMES = ["ca", "cert", "key"] as const;

interface ArchiveFile {
  name: string;
  content: Uint8Array;
}

/** A tar member's header: a name of at most 100 bytes, owner root, modification time 0. */
function tarHeader(name: string, size: number, mode: number, type: "0" | "5"): Buffer {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, "0")}\0`;
  header.write(name, 0);
  header.write(octal(mode, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(size, 12), 124);
  header.write(octal(0, 12), 136);
  header.write("        ", 148);
  header.write(type, 156);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

function tarFile(name: string, content: string, mode: number): Buffer {
  const bytes = Buffer.from(content);
  const padding = Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK);
  return Buffer.concat([tarHeader(name, bytes.length, mode, "0"), bytes, padding]);
}

export function packContext(metadata: ContextMetadata, tls: ContextTls): Uint8Array {
  const parts = [tarFile("meta.json", JSON.stringify(metadata), 0o644), tarHeader("tls", 0, 0o700, "5")];
  if (TLS_NAMES.some((name) => tls[name] !== undefined)) parts.push(tarHeader("tls/docker", 0, 0o700, "5"));
  for (const name of TLS_NAMES) {
    const text = tls[name];
    if (text !== undefined) parts.push(tarFile(`tls/docker/${name}.pem`, text, 0o600));
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function* tarFiles(archive: Buffer): Generator<ArchiveFile> {
  const text = (at: number, length: number) => archive.toString("latin1", at, at + length).replace(/\0.*$/s, "");
  for (let at = 0; ; ) {
    // Docker's command omits the end of the archive, even the last file's padding.
    if (at >= archive.length) return;
    if (at + BLOCK > archive.length) throw new CommandError("unexpected EOF");
    const name = text(at, 100);
    if (name === "") return;
    const size = Number.parseInt(text(at + 124, 12).trim() || "0", 8);
    const type = text(at + 156, 1);
    if (text(at + 257, 5) !== "ustar" || Number.isNaN(size)) throw new CommandError("archive/tar: invalid tar header");
    if (at + BLOCK + size > archive.length) throw new CommandError("unexpected EOF");
    if (type === "0" || type === "") yield { name, content: archive.subarray(at + BLOCK, at + BLOCK + size) };
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}

function* zipFiles(archive: Buffer): Generator<ArchiveFile> {
  for (let at = 0; at + 30 <= archive.length && archive.readUInt32LE(at) === ZIP_SIGNATURE; ) {
    const method = archive.readUInt16LE(at + 8);
    const packed = archive.readUInt32LE(at + 18);
    const nameLength = archive.readUInt16LE(at + 26);
    const start = at + 30 + nameLength + archive.readUInt16LE(at + 28);
    const name = archive.toString("utf8", at + 30, at + 30 + nameLength);
    const content = archive.subarray(start, start + packed);
    if (method !== ZIP_STORED && method !== ZIP_DEFLATED)
      throw new CommandError("zip: unsupported compression algorithm");
    // Entries with a data descriptor give their length after the content and cannot be streamed.
    if ((archive.readUInt16LE(at + 6) & 8) !== 0) throw new CommandError("zip: not a valid zip file");
    if (!name.endsWith("/"))
      yield { name, content: method === ZIP_STORED ? content : Bun.inflateSync(new Uint8Array(content)) };
    at = start + packed;
  }
}

/** @throws CommandError when this is not the archive of a context */
export function unpackContext(archive: Uint8Array): { metadata: ContextMetadata; tls: ContextTls } {
  const bytes = Buffer.from(archive);
  if (bytes.length > MAX_FILE_SIZE) throw new CommandError("read error: the archive is too large for a context");
  const isZip = bytes.length > 4 && bytes.readUInt32LE(0) === ZIP_SIGNATURE;
  let metadata: ContextMetadata | undefined;
  const tls: ContextTls = {};
  for (const { name, content } of isZip ? zipFiles(bytes) : tarFiles(bytes)) {
    const text = Buffer.from(content).toString();
    if (name === "meta.json") metadata = JSON.parse(text);
    const kind = TLS_NAMES.find((known) => name === `tls/docker/${known}.pem`);
    if (kind) tls[kind] = text;
    else if (name !== "meta.json") throw new CommandError(`${JSON.stringify(name)}: unexpected context file`);
  }
  if (!metadata) throw new CommandError("invalid context: no metadata found");
  return { metadata, tls };
}
