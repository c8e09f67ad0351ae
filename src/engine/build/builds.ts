// The builds service: builds that go on, and what they leave for later ones.
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { BuildCacheRecord } from "../../api/build.ts";
import { BerthError } from "../../api/errors.ts";
import { spreadSubdirectories } from "../../linux/inode-flags.ts";
import { Trash } from "../../storage/trash.ts";
import type { Events } from "../events.ts";
import { build } from "./build.ts";
import { CacheMounts } from "./cache-mounts.ts";
import { CachePruner } from "./cache-prune.ts";
import type { BuildHost } from "./host.ts";
import type { Audience, BuildRequest } from "./request.ts";

interface RunningBuild {
  id: string;
  cancel: AbortController;
  /** The images it stands on and has made. */
  images: Set<string>;
}

export class Builds {
  readonly pruner: CachePruner;
  private readonly host: BuildHost;
  private readonly trash: Trash;
  private readonly root: string;
  private readonly caches: CacheMounts;
  private readonly running = new Set<RunningBuild>();

  constructor(host: BuildHost & { events: Events }) {
    const { dataRoot } = host.config;
    this.host = host;
    this.trash = new Trash(join(dataRoot, "trash"), host.log);
    this.root = join(dataRoot, "builds");
    mkdirSync(this.root, { recursive: true, mode: 0o700 });
    // As for layers: a context's files are not to wait for the places of the last one's.
    spreadSubdirectories(this.root);
    this.caches = new CacheMounts(join(dataRoot, "build-cache"), this.trash);
    this.pruner = new CachePruner(this.caches, host.events);
  }

  /**
   * Builds an image of an archive and answers its ID. Nothing is left of a build that fails or whose `signal` is
   * aborted, but the images of its steps.
   * @throws BerthError in Docker's words
   */
  async build(
    request: BuildRequest,
    body: AsyncIterable<Uint8Array>,
    audience: Audience,
    signal: AbortSignal,
  ): Promise<string> {
    const directory = join(this.root, randomUUID());
    const cancel = new AbortController();
    const running: RunningBuild = { id: request.id, cancel, images: new Set() };
    this.running.add(running);
    try {
      return await build({
        host: this.host,
        caches: this.caches,
        request,
        body,
        directory,
        audience,
        signal: AbortSignal.any([signal, cancel.signal]),
        hold: (imageId) => running.images.add(imageId),
      });
    } finally {
      this.running.delete(running);
      if (existsSync(directory)) this.trash.throwAway(directory);
    }
  }

  /** Ends the build that its client calls so; none is no error. */
  cancel(id: string): void {
    for (const running of this.running) {
      if (running.id === id) running.cancel.abort(new BerthError("conflict", "Build cancelled"));
    }
  }

  /** The builds that stand on an image. */
  using(imageId: string): { id: string; running: true; isBuild: true }[] {
    const users = [...this.running].filter(({ images }) => images.has(imageId));
    return users.map(({ id }) => ({ id, running: true, isBuild: true }));
  }

  /** The directories kept for later builds. */
  cacheRecords(): Promise<BuildCacheRecord[]> {
    return this.caches.list();
  }

  /** Removes what a daemon before left of its builds. */
  sweep(): void {
    for (const name of readdirSync(this.root)) this.trash.throwAway(join(this.root, name));
  }
}
