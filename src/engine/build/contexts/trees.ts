// Contexts kept between builds, so that only changes of a client's directory are transferred.
// A tree without an index is from an interrupted transfer and is not reused.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { NEVER } from "../../../api/time.ts";
import { digestOf } from "../../../storage/content.ts";
import { directorySize } from "../../../storage/disk-usage.ts";
import type { Trash } from "../../../storage/trash.ts";
import type { CacheEntry } from "../cache/entry.ts";
import type { FileStat, FileTree } from "../session.ts";

/** The form of BuildKit's IDs. */
const ID_LENGTH = 25;
const TREE = "tree";
const INDEX = "index.json";

const indexSchema = v.array(
  v.tuple([
    v.string(),
    v.object({
      mode: v.number(),
      uid: v.number(),
      gid: v.number(),
      size: v.number(),
      modified: v.pipe(
        v.string(),
        v.transform((text) => BigInt(text)),
      ),
      linkName: v.string(),
      device: v.optional(v.object({ major: v.number(), minor: v.number() })),
      xattrs: v.array(v.tuple([v.string(), v.string()])),
    }),
  ]),
);

export interface KeptTree {
  directory: string;
  /** Its content; empty for a new tree. */
  files: FileTree;
  /** Saves the index of its content; without that it is not reused. */
  save(files: FileTree): void;
  /** Ends its use. A tree that was not saved is removed. */
  release(): void;
}

export class ContextTrees {
  private readonly root: string;
  private readonly trash: Trash;
  private readonly taken = new Set<string>();

  constructor(root: string, trash: Trash) {
    this.root = root;
    this.trash = trash;
  }

  ids(): string[] {
    return existsSync(this.root) ? readdirSync(this.root) : [];
  }

  isUsed(id: string): boolean {
    return this.taken.has(id);
  }

  /** Resolves when it is deleted. */
  async remove(id: string): Promise<void> {
    this.trash.discard(join(this.root, id));
    await this.trash.emptied();
  }

  async list(): Promise<CacheEntry[]> {
    return Promise.all(this.ids().map((id) => this.record(id)));
  }

  private async record(id: string): Promise<CacheEntry> {
    const status = statSync(join(this.root, id, INDEX), { throwIfNoEntry: false });
    const lastUsed = status?.mtime.toISOString();
    return {
      id,
      type: "source.local",
      description: "local source for context",
      inUse: this.isUsed(id),
      shared: false,
      size: (await directorySize(join(this.root, id, TREE))) ?? 0,
      createdAt: lastUsed ?? NEVER,
      lastUsedAt: lastUsed,
      usageCount: 1,
    };
  }

  /** The tree of a key; undefined while another build uses it. */
  take(key: string): KeptTree | undefined {
    const name = digestOf(key).slice("sha256:".length, "sha256:".length + ID_LENGTH);
    if (this.taken.has(name)) return undefined;
    this.taken.add(name);
    const [directory, index] = [join(this.root, name, TREE), join(this.root, name, INDEX)];
    const files = readIndex(index);
    rmSync(index, { force: true });
    if (files === undefined && existsSync(directory)) this.trash.discard(directory);
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    let isSaved = false;
    return {
      directory,
      files: files ?? new Map(),
      save: (now) => {
        writeFileSync(index, serialize(now));
        isSaved = true;
      },
      release: () => {
        // The remains of a failed transfer may have filled the disk.
        if (!isSaved) this.trash.discard(join(this.root, name));
        this.taken.delete(name);
      },
    };
  }
}

function readIndex(path: string): FileTree | undefined {
  try {
    const entries = v.parse(indexSchema, JSON.parse(readFileSync(path, "utf8")));
    return new Map(entries.map(([name, stat]): [string, FileStat] => [name, { ...stat, ...decoded(stat) }]));
  } catch {
    return undefined;
  }
}

function decoded(stat: {
  device?: FileStat["device"];
  xattrs: [string, string][];
}): Pick<FileStat, "device" | "xattrs"> {
  const xattrs = new Map(stat.xattrs.map(([name, value]) => [name, Buffer.from(value, "base64")]));
  return { device: stat.device, xattrs };
}

function serialize(files: FileTree): string {
  const entries = [...files].map(([path, { xattrs, modified, ...stat }]) => {
    const values = [...xattrs].map(([name, value]) => [name, Buffer.from(value).toString("base64")]);
    return [path, { ...stat, modified: String(modified), xattrs: values }];
  });
  return JSON.stringify(entries);
}
