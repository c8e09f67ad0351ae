// Reads single files of a result. The engine exports it as an archive, of which only the requested part is kept.
import { BerthError } from "../../api/errors.ts";
import { ByteReader } from "../../storage/archive/bytes.ts";
import type { TarHeader } from "../../storage/archive/header.ts";
import { byteString, cleanName, parentOf, printable } from "../../storage/archive/names.ts";
import { readArchive, type TarEntry } from "../../storage/archive/reader.ts";
import type { SolvedRequest } from "../control/ref.ts";
import type { StatusLog } from "../control/status-log.ts";
import type { BuildEngine } from "../engine.ts";
import type { BuildKitSession } from "../session/build-session.ts";
import { packetOf } from "../session/stats.ts";

/** Limited by the size of one message. */
const MAX_FILE_BYTES = 15 * 1024 * 1024;
const MAX_LISTED = 10_000;
const MAX_LINKS = 10;

export interface FilesParts {
  engine: BuildEngine;
  session: BuildKitSession;
  log: StatusLog;
  signal: AbortSignal;
}

export class FilesOfResult {
  private readonly parts: FilesParts;
  private readonly solved: SolvedRequest;

  constructor(parts: FilesParts, solved: SolvedRequest) {
    this.parts = parts;
    this.solved = solved;
  }

  /** @throws BerthError notFound */
  async stat(path: string) {
    return packetOf((await this.find(path)).header);
  }

  /** A range of a file; links are followed. @throws BerthError notFound, invalidParameter */
  async read(path: string, offset: number, length: number): Promise<Uint8Array> {
    const { header, content } = await this.find(path, true);
    if (header.type !== "file") throw new BerthError("invalidParameter", `read ${path}: is a directory`);
    return content.subarray(offset, length > 0 ? offset + length : undefined);
  }

  /** The entries of a directory. */
  async list(path: string) {
    const directory = pathOf(path);
    const found: TarHeader[] = [];
    await this.each(async ({ header }) => {
      const name = cleanName(header.name);
      if (name !== "" && parentOf(name) === directory && found.length < MAX_LISTED) found.push(header);
    });
    return found.map((header) => packetOf(header, header.name));
  }

  private async find(path: string, reads = false): Promise<{ header: TarHeader; content: Buffer }> {
    let wanted = pathOf(path);
    for (let hops = 0; hops < MAX_LINKS; hops++) {
      const found = await this.take(wanted, reads);
      if (found === undefined) throw new BerthError("notFound", `open ${path}: no such file or directory`);
      const { type, linkName } = found.header;
      if (type === "link") wanted = cleanName(linkName);
      else if (type === "symlink" && reads) wanted = linkTarget(wanted, linkName);
      else return found;
    }
    throw new BerthError("invalidParameter", `open ${path}: too many levels of symbolic links`);
  }

  private async take(wanted: string, reads: boolean): Promise<{ header: TarHeader; content: Buffer } | undefined> {
    let found: { header: TarHeader; content: Buffer } | undefined;
    await this.each(async ({ header, content }) => {
      if (found !== undefined || cleanName(header.name) !== wanted) return;
      if (reads && header.size > MAX_FILE_BYTES) {
        throw new BerthError("invalidParameter", `read ${printable(wanted)}: the file is too large`);
      }
      const chunks: Buffer[] = [];
      if (reads) for await (const chunk of content) chunks.push(Buffer.from(chunk));
      found = { header, content: Buffer.concat(chunks) };
    });
    return found;
  }

  private async each(visit: (entry: TarEntry) => Promise<void>): Promise<void> {
    const { engine, session, log, signal } = this.parts;
    const { request, result } = this.solved;
    const reading = session.exportingTo(async (archive) => {
      for await (const entry of readArchive(new ByteReader(archive))) await visit(entry);
    });
    await engine.export(result, { ...request, session: reading, exporters: [{ type: "tar" }] }, log, signal);
  }
}

/** In archive form: byte strings without leading and trailing slashes. */
const pathOf = (path: string): string => cleanName(byteString(path));

/** Never above the root, as in a container. */
function linkTarget(link: string, target: string): string {
  const parts: string[] = [];
  for (const part of (target.startsWith("/") ? target : `${parentOf(link)}/${target}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}
