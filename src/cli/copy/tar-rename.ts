// Renames the top entry of a tar archive while streaming it. Long names use extended (pax) headers.

const BLOCK = 512;
const NAME_LENGTH = 100;
const PREFIX_AT = 345;
const LINK_AT = 157;

type Records = Map<string, string>;

/** Reads an exact number of bytes from a stream of chunks. */
class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#chunks = bytes[Symbol.asyncIterator]();
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#chunks.next();
    if (done) return false;
    this.#rest = this.#rest.length === 0 ? Buffer.from(value) : Buffer.concat([this.#rest, value]);
    return true;
  }

  /** Returns fewer bytes only at the end of the stream. */
  async take(length: number): Promise<Buffer> {
    while (this.#rest.length < length && (await this.#more()));
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(taken.length);
    return taken;
  }

  /** The next `length` bytes, in pieces. */
  async *pass(length: number): AsyncGenerator<Uint8Array> {
    let left = length;
    while (left > 0) {
      if (this.#rest.length === 0 && !(await this.#more())) return;
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }
}

function textAt(header: Buffer, at: number, length: number): string {
  return header.toString("utf8", at, at + length).replace(/\0.*$/s, "");
}

function sizeOf(header: Buffer): number {
  const first = header[124] ?? 0;
  // GNU tar's base-256 form for numbers that do not fit in octal.
  if ((first & 0x80) !== 0) return Number(header.readBigUInt64BE(128));
  return Number.parseInt(textAt(header, 124, 12).trim() || "0", 8);
}

const paddingOf = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

function parseRecords(data: Buffer): Records {
  const records: Records = new Map();
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(32, at);
    const length = Number(data.toString("latin1", at, space));
    if (space < 0 || !(length > 0)) break;
    const [key = "", value = ""] = data.toString("utf8", space + 1, at + length - 1).split(/=(.*)/s);
    records.set(key, value);
    at += length;
  }
  return records;
}

/** "27 path=some/long/name\n": the length includes its own digits. */
function record(key: string, value: string): Buffer {
  const body = Buffer.from(` ${key}=${value}\n`);
  let length = body.length + 1;
  while (String(length).length + body.length !== length) length = String(length).length + body.length;
  return Buffer.concat([Buffer.from(String(length)), body]);
}

function seal(header: Buffer): Buffer {
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

function setText(header: Buffer, at: number, text: string): void {
  header.fill(0, at, at + NAME_LENGTH);
  header.write(text, at, NAME_LENGTH);
}

/** An extended header with the records of the next entry. */
function extendedHeader(like: Buffer, records: Records): Buffer {
  const data = Buffer.concat([...records].map(([key, value]) => record(key, value)));
  const header = Buffer.from(like);
  setText(header, 0, "PaxHeaders.0/entry");
  setText(header, LINK_AT, "");
  header.fill(0, PREFIX_AT, PREFIX_AT + 155);
  header.write(`${data.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("x", 156);
  return Buffer.concat([seal(header), data, Buffer.alloc(paddingOf(data.length))]);
}

function renamed(name: string, from: string, to: string): string {
  const plain = name.replace(/^\.\/+/, "");
  if (from === ".") return plain === "" || plain === "." ? to : `${to}/${plain}`;
  if (plain.replace(/\/$/, "") === from) return plain.endsWith("/") ? `${to}/` : to;
  return plain.startsWith(`${from}/`) ? to + plain.slice(from.length) : name;
}

function nameOf(header: Buffer): string {
  const isUstar = header.toString("latin1", 257, 263) === "ustar\0";
  const prefix = isUstar ? textAt(header, PREFIX_AT, 155) : "";
  const name = textAt(header, 0, NAME_LENGTH);
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** The renamed header, preceded by an extended header when needed. */
function rewrite(header: Buffer, records: Records, from: string, to: string): Buffer {
  const name = renamed(records.get("path") ?? nameOf(header), from, to);
  const isHardLink = textAt(header, 156, 1) === "1";
  const target = records.get("linkpath") ?? textAt(header, LINK_AT, NAME_LENGTH);
  const link = isHardLink ? renamed(target, from, to) : target;
  const kept: Records = new Map(records);
  kept.delete("path");
  kept.delete("linkpath");
  if (Buffer.byteLength(name) > NAME_LENGTH) kept.set("path", name);
  if (Buffer.byteLength(link) > NAME_LENGTH) kept.set("linkpath", link);
  const changed = Buffer.from(header);
  setText(changed, 0, name);
  setText(changed, LINK_AT, link);
  if (changed.toString("latin1", 257, 263) === "ustar\0") changed.fill(0, PREFIX_AT, PREFIX_AT + 155);
  return kept.size === 0 ? seal(changed) : Buffer.concat([extendedHeader(header, kept), seal(changed)]);
}

/** Renames every entry `from`, and those below it, to `to`. `from` "." means all entries. */
export async function* renameTopEntry(
  archive: AsyncIterable<Uint8Array>,
  from: string,
  to: string,
): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(archive);
  let records: Records = new Map();
  for (;;) {
    const header = Buffer.from(await reader.take(BLOCK));
    if (header.length < BLOCK || header.every((byte) => byte === 0)) {
      yield header;
      break;
    }
    const size = sizeOf(header);
    const type = textAt(header, 156, 1);
    if (type === "x" || type === "L" || type === "K") {
      const data = Buffer.from(await reader.take(size + paddingOf(size))).subarray(0, size);
      if (type === "x") for (const [key, value] of parseRecords(data)) records.set(key, value);
      else records.set(type === "L" ? "path" : "linkpath", data.toString("utf8").replace(/\0.*$/s, ""));
      continue;
    }
    const length = Number(records.get("size") ?? size);
    yield type === "g" ? header : rewrite(header, records, from, to);
    if (type !== "g") records = new Map();
    yield* reader.pass(length + paddingOf(length));
  }
  yield* reader.pass(Number.POSITIVE_INFINITY);
}
