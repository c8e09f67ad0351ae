// Extracts an archive over a container's existing files, for `cp` and PUT archive. Runs only in a process chrooted to
// the container's root, so that the kernel confines all links to it.
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  unlinkSync,
} from "node:fs";
import { posix } from "node:path";
import { BerthError } from "../../api/errors.ts";
import { errorCode } from "../../linux/errno.ts";
import { makeDevice, makeNode, setDescriptorTimes, setTimes } from "../../linux/files.ts";
import { DirectoryTimes, nodeTypes, setXattrs, writeAt, writeContent } from "./entries.ts";
import type { TarHeader } from "./header.ts";
import { cleanName, printable } from "./names.ts";
import type { TarEntry } from "./reader.ts";

const CREATE_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const IMPLIED_DIRECTORY_MODE = 0o777 & ~0o022;

export interface ExtractOptions {
  /** Byte string: the target directory, without trailing slash; "" is the root. */
  directory: string;
  /** Whether a directory must not replace a non-directory, or the reverse. */
  keepKinds: boolean;
  /** Maps an owner in the archive to the owner on disk. */
  owner: (uid: number, gid: number) => { uid: number; gid: number };
}

export class Extractor {
  private readonly options: ExtractOptions;
  private readonly directoryTimes = new DirectoryTimes();

  constructor(options: ExtractOptions) {
    this.options = options;
  }

  /** @throws BerthError invalidParameter for an entry that must not be created, or an error with an errno code */
  async add({ header, content }: TarEntry): Promise<void> {
    const name = this.nameInside(header.name, (target) => `"${target}" is outside of "${this.target}"`);
    // The target directory itself exists and is left unchanged.
    if (name === "") return;
    const path = this.pathOf(name);
    const owned = { ...header, ...this.options.owner(header.uid, header.gid) };
    if (header.type === "file") await this.addFile(path, owned, content);
    else this.addOther(path, owned);
  }

  /** Call after the last entry. */
  finish(): void {
    this.directoryTimes.apply(bytes);
  }

  private get target(): string {
    return printable(this.options.directory || "/");
  }

  /**
   * The cleaned name. A name that leaves the target directory by ".." is rejected, although it would stay inside the
   * container, as in Docker. @throws BerthError with the message that `reason` makes of it
   */
  private nameInside(name: string, reason: (name: string) => string): string {
    const clean = cleanName(name);
    const relative = posix.normalize(name);
    const isOutside = this.options.directory !== "" && relative.startsWith("../");
    if (isOutside) throw new BerthError("invalidParameter", reason(printable(relative)));
    return clean;
  }

  private pathOf(name: string): string {
    return name === "" ? this.options.directory || "/" : `${this.options.directory}/${name}`;
  }

  /**
   * Runs `make`, which must fail if `path` exists. Most entries have an existing parent and a free path, so the path is
   * only inspected after a failure. Undefined for an existing directory, which is kept.
   */
  private inItsPlace<T>(path: string, header: TarHeader, make: () => T): T | undefined {
    try {
      return make();
    } catch (thrown) {
      const code = errorCode(thrown);
      if (code === "ENOENT") this.ensureDirectory(path.slice(0, path.lastIndexOf("/")) || "/");
      else if (code !== "EEXIST") throw thrown;
      else if (!this.makeRoom(path, header)) return undefined;
    }
    return make();
  }

  /** Frees `path`; keeps an existing directory where the entry is a directory, too. */
  private makeRoom(path: string, header: TarHeader): boolean {
    const present = lstatSync(bytes(path), { throwIfNoEntry: false });
    if (present === undefined) return true;
    const becomesDirectory = header.type === "directory";
    if (this.options.keepKinds && present.isDirectory() !== becomesDirectory) {
      const [there, comes] = becomesDirectory ? ["non-directory", "directory"] : ["directory", "non-directory"];
      throw new BerthError(
        "invalidParameter",
        `cannot overwrite ${there} "${printable(path)}" with ${comes} "${this.target}"`,
      );
    }
    if (!present.isDirectory()) unlinkSync(bytes(path));
    else if (becomesDirectory) return false;
    else rmSync(bytes(path), { recursive: true, force: true });
    return true;
  }

  private async addFile(path: string, header: TarHeader, content: AsyncIterable<Buffer>): Promise<void> {
    const descriptor = this.inItsPlace(path, header, () => openSync(bytes(path), CREATE_FLAGS, 0o600));
    if (descriptor === undefined) throw new BerthError("internal", "a directory stays where a file is to be");
    try {
      await writeContent(descriptor, header, content, (piece, position) => {
        writeAt(descriptor, piece, position);
        return position + piece.length;
      });
      fchownSync(descriptor, header.uid, header.gid);
      // After the owner: changing it clears the set-uid bits.
      fchmodSync(descriptor, header.mode);
      setXattrs(bytes(path), header.xattrs);
      setDescriptorTimes(descriptor, header.accessed ?? header.modified, header.modified);
    } finally {
      closeSync(descriptor);
    }
  }

  private addOther(path: string, header: TarHeader): void {
    const target = bytes(path);
    switch (header.type) {
      case "directory":
        this.inItsPlace(path, header, () => mkdirSync(target, 0o700));
        this.setDirectory(path, header);
        return;
      case "link": {
        const source = this.nameInside(header.linkName, (name) => {
          return `invalid hardlink "${posix.join(this.target, name)}" -> "${printable(header.linkName)}"`;
        });
        this.inItsPlace(path, header, () => linkSync(bytes(this.pathOf(source)), target));
        return;
      }
      case "symlink":
        this.inItsPlace(path, header, () => symlinkSync(bytes(header.linkName), target));
        break;
      case "character":
      case "block":
      case "fifo": {
        const device = header.type === "fifo" ? 0n : makeDevice(header.major, header.minor);
        const mode = nodeTypes[header.type] | header.mode;
        this.inItsPlace(path, header, () => makeNode(target, mode, device));
        break;
      }
      case "file":
        throw new BerthError("internal", "a file is not for addOther");
    }
    lchownSync(target, header.uid, header.gid);
    setXattrs(bytes(path), header.xattrs);
    setTimes(target, header.accessed ?? header.modified, header.modified);
  }

  private setDirectory(path: string, { mode, uid, gid, xattrs, accessed, modified }: TarHeader): void {
    // By descriptor: a running container may have replaced the file by a link.
    const descriptor = openSync(bytes(path), constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      fchownSync(descriptor, uid, gid);
      fchmodSync(descriptor, mode);
    } finally {
      closeSync(descriptor);
    }
    setXattrs(bytes(path), xattrs);
    this.directoryTimes.set(path, accessed ?? modified, modified);
  }

  private ensureDirectory(path: string): void {
    mkdirSync(bytes(path), { recursive: true, mode: IMPLIED_DIRECTORY_MODE });
  }
}

function bytes(path: string): Buffer {
  return Buffer.from(path, "latin1");
}
