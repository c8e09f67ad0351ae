// Unpacks an archive over what a container has already, as `cp` and PUT archive do.
// Runs only in a process whose root is the container's: whatever links there are, the kernel keeps them inside.
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
  /** Byte string: the directory that names are relative to, without a slash at its end; "" is the root. */
  directory: string;
  /** Whether a directory and something else may not take each other's place. */
  keepKinds: boolean;
  /** Turns the owner in the archive into the one on disk. */
  owner: (uid: number, gid: number) => { uid: number; gid: number };
}

export class Extractor {
  private readonly options: ExtractOptions;
  private readonly directoryTimes = new DirectoryTimes();

  constructor(options: ExtractOptions) {
    this.options = options;
  }

  /** @throws BerthError invalidParameter for an entry that must not be made, or an error with an errno's code */
  async add({ header, content }: TarEntry): Promise<void> {
    const name = cleanName(header.name);
    // The directory itself is there and stays as it is.
    if (name === "") return;
    const path = this.pathOf(name);
    const owned = { ...header, ...this.options.owner(header.uid, header.gid) };
    if (header.type === "file") await this.addFile(path, owned, content);
    else this.addOther(path, owned);
  }

  /** To be called after the last entry. */
  finish(): void {
    this.directoryTimes.apply(bytes);
  }

  private pathOf(name: string): string {
    return name === "" ? this.options.directory || "/" : `${this.options.directory}/${name}`;
  }

  /**
   * Runs `make`, which must fail when something is at `path`. Most entries find their directory there and their place
   * free; only where they do not is it looked at. Undefined for a directory that was there and stays.
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

  /** Whether `path` is free now: a directory stays where another is to be. */
  private makeRoom(path: string, header: TarHeader): boolean {
    const present = lstatSync(bytes(path), { throwIfNoEntry: false });
    if (present === undefined) return true;
    const becomesDirectory = header.type === "directory";
    if (this.options.keepKinds && present.isDirectory() !== becomesDirectory) {
      const [there, comes] = becomesDirectory ? ["non-directory", "directory"] : ["directory", "non-directory"];
      const target = this.options.directory || "/";
      throw new BerthError(
        "invalidParameter",
        `cannot overwrite ${there} "${printable(path)}" with ${comes} "${printable(target)}"`,
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
      // After the owner: a change of that takes the set-uid bits away.
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
      case "link":
        this.inItsPlace(path, header, () => linkSync(bytes(this.pathOf(cleanName(header.linkName))), target));
        return;
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
    // By descriptor: a container that runs may have put a link in its place.
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
