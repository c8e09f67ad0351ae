// Unpacked layers, by chain ID: `layers/<n>/diff`, with short names so that the options of a mount with many layers fit.
// A directory is complete before its row is written, and deleted after the row: a crash leaves only strays to sweep.
import type { Database } from "bun:sqlite";
import { chmodSync, chownSync, closeSync, mkdirSync, openSync, readdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { BerthError } from "../api/errors.ts";
import { isErrno } from "../linux/errno.ts";
import { spreadSubdirectories } from "../linux/inode-flags.ts";
import { digestOf } from "./content.ts";
import type { Trash } from "./trash.ts";
import { runJob } from "./worker/spawn.ts";

export interface Layer {
  number: number;
  chainId: string;
  diffId: string;
  parent: number | undefined;
  /** Bytes of the files of this layer alone. */
  size: number;
}

/** An archive that is being downloaded and unpacked at the same time. */
export interface GrowingArchive {
  /** An open file; the caller that opened it closes it. */
  descriptor: number;
  /** The file's length each time it grows, until it is complete; rejects when the download fails. */
  growth: AsyncIterable<number>;
}

export interface UnpackOptions {
  /** The digest the uncompressed archive must have. */
  diffId?: string;
  /** Called with the bytes of the blob read so far. */
  onProgress?: (done: number) => void;
  signal?: AbortSignal;
}

/** An unpacked archive that is not attached to a parent yet. */
export interface LooseLayer {
  number: number;
  /** The number of the layer it was unpacked on top of. */
  below: number | undefined;
  diffId: string;
  size: number;
  /** Whether the archive had an entry for its root, and for every directory below that it puts something in. */
  hasRoot: boolean;
  hasDirectories: boolean;
}

interface LayerRow {
  number: number;
  chain_id: string;
  diff_id: string;
  parent: number | null;
  size: number;
}

/** The chain IDs of a list of layers, bottom first. Source: OCI image specification, "Layer ChainID". */
export function chainIds(diffIds: readonly string[]): string[] {
  const chain: string[] = [];
  for (const diffId of diffIds) {
    const parent = chain.at(-1);
    chain.push(parent === undefined ? diffId : digestOf(`${parent} ${diffId}`));
  }
  return chain;
}

export class LayerStore {
  private readonly database: Database;
  private readonly root: string;
  private readonly trash: Trash;
  private readonly byNumber = new Map<number, Layer>();
  private readonly byChain = new Map<string, Layer>();
  /** Number of leases per layer. */
  private readonly held = new Map<number, number>();
  private lastNumber = 0;

  /** Opens or creates the store in `root`; {@link sweep} removes strays of a crash. */
  constructor(database: Database, root: string, trash: Trash) {
    this.trash = trash;
    this.database = database;
    this.root = root;
    mkdirSync(this.emptyDirectory, { recursive: true, mode: 0o755 });
    // Not directly next to each other: ext4 would search a new layer's inodes among those of recently deleted layers,
    // which it keeps unused for a while. That takes four times as long for 20,000 files.
    spreadSubdirectories(root);
    for (const row of database.query<LayerRow, []>("SELECT * FROM layers").all()) this.remember(layerOf(row));
    for (const name of readdirSync(root)) this.lastNumber = Math.max(this.lastNumber, Number(name) || 0);
  }

  find(chainId: string): Layer | undefined {
    return this.byChain.get(chainId);
  }

  byId(number: number): Layer | undefined {
    return this.byNumber.get(number);
  }

  all(): Layer[] {
    return [...this.byNumber.values()];
  }

  /** The layer and all its parents, top first. */
  stack(top: number | undefined): Layer[] {
    const layers: Layer[] = [];
    for (let number = top; number !== undefined; ) {
      const layer = this.byNumber.get(number);
      if (layer === undefined) throw new BerthError("internal", `layer ${number} is missing`);
      layers.push(layer);
      number = layer.parent;
    }
    return layers;
  }

  /** Absolute paths for a mount, top layer first; an image without layers has one empty directory. */
  directories(top: number | undefined): string[] {
    const stack = this.stack(top);
    return stack.length === 0 ? [this.emptyDirectory] : stack.map(({ number }) => this.directory(number));
  }

  directory(number: number): string {
    return join(this.root, String(number), "diff");
  }

  /** Prevents a layer and its parents from being dropped until the returned function is called. */
  hold({ number }: Layer): () => void {
    this.held.set(number, (this.held.get(number) ?? 0) + 1);
    return () => {
      const count = (this.held.get(number) ?? 1) - 1;
      if (count === 0) this.held.delete(number);
      else this.held.set(number, count);
    };
  }

  /**
   * Unpacks an archive, at a path or still growing, on top of `parent`. The caller must hold the layer, and drop it if no
   * image uses it.
   * @throws BerthError when the archive's digest is not `diffId`, if given
   */
  async unpack(
    archive: string | GrowingArchive,
    parent: Layer | undefined,
    options: UnpackOptions = {},
  ): Promise<Layer> {
    return this.insert(await this.unpackLoose(archive, options, parent), parent);
  }

  /**
   * Unpacks an archive before its parent is known; {@link attach} or {@link discardLoose} must follow.
   * `below` are the layers it is unpacked on top of.
   */
  async unpackLoose(archive: string | GrowingArchive, options: UnpackOptions = {}, below?: Layer): Promise<LooseLayer> {
    const number = this.makeDirectory();
    try {
      const unpacked = await this.runUnpack(number, archive, below, options);
      if (options.diffId === undefined || options.diffId === unpacked.diffId) {
        return { number, below: below?.number, ...unpacked };
      }
      throw new BerthError("internal", `wrong diff id calculated on extraction "${unpacked.diffId}"`);
    } catch (thrown) {
      this.discard(number);
      throw thrown;
    }
  }

  /**
   * Creates a layer: `make` fills the directory, an overlay upper directory on top of `below`, and returns its result,
   * which is passed to {@link attach} or {@link discardLoose}.
   * @param taken a directory that becomes the layer's; moved away from its path, even on failure
   */
  async makeLoose(
    below: Layer | undefined,
    make: (places: { upper: string; work: string }) => Promise<{ diffId: string; size: number }>,
    taken?: string,
  ): Promise<LooseLayer> {
    const number = this.makeDirectory();
    const work = join(this.root, String(number), "work");
    try {
      const upper = this.directory(number);
      mkdirSync(work, { mode: 0o700 });
      if (taken !== undefined) renameSync(taken, upper);
      else if (below !== undefined) copyOwnerAndMode(this.directory(below.number), upper);
      const { diffId, size } = await make({ upper, work });
      this.trash.discard(work);
      return { number, below: below?.number, diffId, size, hasRoot: true, hasDirectories: true };
    } catch (thrown) {
      this.discard(number);
      throw thrown;
    }
  }

  /**
   * Attaches an unpacked archive to `parent`; discards it and returns undefined if unpacking on top of `parent` would
   * have had another result.
   */
  attach(loose: LooseLayer, parent: Layer | undefined): Layer | undefined {
    const isMoved = parent?.number !== loose.below;
    if (isMoved && !loose.hasDirectories) {
      this.discard(loose.number);
      return undefined;
    }
    if (isMoved && parent !== undefined && !loose.hasRoot) {
      copyOwnerAndMode(this.directory(parent.number), this.directory(loose.number));
    }
    return this.insert(loose, parent);
  }

  discardLoose({ number }: LooseLayer): void {
    this.discard(number);
  }

  /** Drops a layer and its parents, except those in use by a lease, an image or another layer. */
  drop(top: number | undefined): Layer[] {
    const dropped: Layer[] = [];
    for (let number = top; number !== undefined; ) {
      const layer = this.byNumber.get(number);
      if (layer === undefined || this.held.has(number) || this.isUsed(number)) break;
      this.database.query("DELETE FROM layers WHERE number = ?").run(number);
      this.byNumber.delete(number);
      this.byChain.delete(layer.chainId);
      dropped.push(layer);
      number = layer.parent;
    }
    for (const { number } of dropped) this.discard(number);
    return dropped;
  }

  /** Removes what a crash left: directories without a row, and unused rows. */
  sweep(): void {
    for (const layer of this.all().sort((a, b) => b.number - a.number)) this.drop(layer.number);
    for (const name of readdirSync(this.root)) {
      const number = Number(name);
      if (Number.isInteger(number) && number > 0 && !this.byNumber.has(number)) this.discard(number);
    }
  }

  private isUsed(number: number): boolean {
    const row = this.database
      .query<{ used: number }, [number, number]>(
        "SELECT EXISTS (SELECT 1 FROM images WHERE top_layer = ?) OR EXISTS (SELECT 1 FROM layers WHERE parent = ?) AS used",
      )
      .get(number, number);
    return row?.used === 1;
  }

  private async runUnpack(
    number: number,
    archive: string | GrowingArchive,
    parent: Layer | undefined,
    { onProgress, signal }: UnpackOptions,
  ): Promise<Omit<LooseLayer, "number" | "below">> {
    const lower = parent === undefined ? [] : this.directories(parent.number);
    const isWhole = typeof archive === "string";
    const descriptor = isWhole ? openSync(archive, "r") : archive.descriptor;
    try {
      const answer = await runJob(
        { job: "unpack", target: this.directory(number), lower, grows: !isWhole },
        {
          archive: descriptor,
          growth: isWhole ? undefined : archive.growth,
          signal,
          onMessage: (message) => {
            if (message.type === "progress") onProgress?.(message.done);
          },
        },
      );
      if (answer.type !== "unpacked") throw new BerthError("internal", "a storage worker ended without an answer");
      const { diffId, size, hasRoot, hasDirectories } = answer;
      return { diffId, size, hasRoot, hasDirectories };
    } finally {
      if (isWhole) closeSync(descriptor);
    }
  }

  private insert({ number, diffId, size }: LooseLayer, parent: Layer | undefined): Layer {
    const chainId = parent === undefined ? diffId : digestOf(`${parent.chainId} ${diffId}`);
    const present = this.byChain.get(chainId);
    if (present !== undefined) {
      this.discard(number);
      return present;
    }
    const layer: Layer = { number, chainId, diffId, parent: parent?.number, size };
    this.database
      .query("INSERT INTO layers (number, chain_id, diff_id, parent, size) VALUES (?, ?, ?, ?, ?)")
      .run(number, chainId, diffId, layer.parent ?? null, size);
    this.remember(layer);
    return layer;
  }

  /** Removes the directory of a layer without a row. */
  private discard(number: number): void {
    this.trash.discard(join(this.root, String(number)));
  }

  private get emptyDirectory(): string {
    return join(this.root, "empty");
  }

  private makeDirectory(): number {
    for (;;) {
      this.lastNumber += 1;
      try {
        mkdirSync(join(this.root, String(this.lastNumber)), { mode: 0o700 });
        mkdirSync(this.directory(this.lastNumber), { mode: 0o755 });
        return this.lastNumber;
      } catch (thrown) {
        if (!isErrno(thrown, "EEXIST")) throw thrown;
      }
    }
  }

  private remember(layer: Layer): void {
    this.byNumber.set(layer.number, layer);
    this.byChain.set(layer.chainId, layer);
  }
}

function copyOwnerAndMode(from: string, to: string): void {
  const { uid, gid, mode } = statSync(from);
  chownSync(to, uid, gid);
  chmodSync(to, mode & 0o7777);
}

function layerOf(row: LayerRow): Layer {
  return {
    number: row.number,
    chainId: row.chain_id,
    diffId: row.diff_id,
    parent: row.parent ?? undefined,
    size: row.size,
  };
}
