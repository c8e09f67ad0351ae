// The directories of `RUN --mount=type=cache`: kept between builds, shared by id.
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { NEVER, timestampNow } from "../../../api/time.ts";
import { digestOf } from "../../../storage/content.ts";
import { directorySize } from "../../../storage/disk-usage.ts";
import type { Trash } from "../../../storage/trash.ts";
import type { RunMount } from "../steps/run-mounts.ts";
import type { CacheEntry } from "./entry.ts";

const ID_LENGTH = 25;
const DEFAULT_MODE = 0o755;
const DATA = "data";
const NOTE = "note.json";

/** As in BuildKit, mounts of one id with different initial permissions have separate directories. */
function keyOf({ id, target, uid, gid, mode = DEFAULT_MODE }: RunMount): string {
  const name = id || target;
  return uid === 0 && gid === 0 && mode === DEFAULT_MODE ? name : `${name} ${uid}:${gid} ${mode.toString(8)}`;
}

const noteSchema = v.object({
  description: v.string(),
  createdAt: v.string(),
  lastUsedAt: v.string(),
  usageCount: v.number(),
});
type Note = v.InferOutput<typeof noteSchema>;

export interface TakenCache {
  /** The directory to mount. */
  path: string;
  /** Whether it was just created. */
  isNew: boolean;
  release(): void;
}

export class CacheMounts {
  private readonly root: string;
  private readonly trash: Trash;
  /** The number of running commands that use each directory, by id. */
  private readonly users = new Map<string, number>();
  /** The end of the queue for each locked directory, by key. */
  private readonly locks = new Map<string, Promise<void>>();

  constructor(root: string, trash: Trash) {
    this.root = root;
    this.trash = trash;
  }

  /** Returns a mount's directory; a new one gets the owner (host IDs). Waits for a directory that is locked. */
  async take(mount: RunMount, { uid, gid }: { uid: number; gid: number }): Promise<TakenCache> {
    const { sharing, mode } = mount;
    const key = keyOf(mount);
    const unlock = sharing === "locked" ? await this.lock(key) : () => {};
    const chosen = sharing === "private" ? this.unused(key) : idOf(key, 0);
    const path = join(this.root, chosen, DATA);
    const isNew = !existsSync(path);
    if (isNew) {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      chownSync(path, uid, gid);
      chmodSync(path, mode ?? DEFAULT_MODE);
    }
    this.note(chosen, key);
    this.users.set(chosen, (this.users.get(chosen) ?? 0) + 1);
    const release = (): void => {
      const left = (this.users.get(chosen) ?? 1) - 1;
      if (left === 0) this.users.delete(chosen);
      else this.users.set(chosen, left);
      unlock();
    };
    return { path, isNew, release };
  }

  /** All directories. */
  async list(): Promise<CacheEntry[]> {
    return Promise.all(this.ids().map((id) => this.record(id)));
  }

  ids(): string[] {
    return existsSync(this.root) ? readdirSync(this.root) : [];
  }

  isUsed(id: string): boolean {
    return this.users.has(id);
  }

  /** Resolves when it is deleted. */
  async remove(id: string): Promise<void> {
    this.trash.discard(join(this.root, id));
    await this.trash.emptied();
  }

  async record(id: string): Promise<CacheEntry> {
    const note = this.noteOf(id);
    return {
      id,
      type: "exec.cachemount",
      description: note?.description ?? "",
      inUse: this.isUsed(id),
      // No image shares its files.
      shared: false,
      size: (await directorySize(join(this.root, id, DATA))) ?? 0,
      createdAt: note?.createdAt ?? NEVER,
      lastUsedAt: note?.lastUsedAt,
      usageCount: note?.usageCount ?? 0,
    };
  }

  /** The first unused directory of this key. */
  private unused(key: string): string {
    for (let number = 0; ; number++) {
      const id = idOf(key, number);
      if (!this.users.has(id)) return id;
    }
  }

  /** Waits for the lock; the returned function releases it. */
  private async lock(key: string): Promise<() => void> {
    const before = this.locks.get(key);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.locks.set(key, promise);
    await before;
    return () => {
      if (this.locks.get(key) === promise) this.locks.delete(key);
      resolve();
    };
  }

  private note(id: string, key: string): void {
    const now = timestampNow();
    const former = this.noteOf(id);
    const note: Note = {
      description: `mount ${key} from exec`,
      createdAt: former?.createdAt ?? now,
      lastUsedAt: now,
      usageCount: (former?.usageCount ?? 0) + 1,
    };
    const path = join(this.root, id, NOTE);
    writeFileSync(`${path}.new`, JSON.stringify(note));
    renameSync(`${path}.new`, path);
  }

  /** Undefined after a crash between creating the directory and writing its metadata. */
  private noteOf(id: string): Note | undefined {
    try {
      return v.parse(noteSchema, JSON.parse(readFileSync(join(this.root, id, NOTE), "utf8")));
    } catch {
      return undefined;
    }
  }
}

/** Same format as BuildKit's IDs. */
function idOf(key: string, number: number): string {
  return digestOf(`${number} ${key}`).slice("sha256:".length, "sha256:".length + ID_LENGTH);
}
