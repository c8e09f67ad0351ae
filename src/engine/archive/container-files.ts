// `cp`, the archive API and `export`: a container's files as archives, whether it runs or not.
import { mkdirSync } from "node:fs";
import type { ContainerConfig, PathStat } from "../../api/containers.ts";
import { BerthError } from "../../api/errors.ts";
import type { HostConfig } from "../../api/host-configuration.ts";
import { withCleanup } from "../../async/pull-queue.ts";
import { resolveUser } from "../../runtime/spec/user.ts";
import { makeEngineFiles } from "../../storage/engine-files.ts";
import type { FilesMessage, View } from "../../storage/files/messages.ts";
import { ownerOutside, ownersOf } from "../../storage/files/owners.ts";
import { type FilesWorker, startFilesWorker } from "../../storage/files/spawn.ts";
import { mountRootFilesystem, unmountRootFilesystem } from "../../storage/rootfs.ts";
import type { UserMapping } from "../../storage/user-mapping.ts";

/** A container, as far as its files go. */
export interface FilesSubject {
  id: string;
  /** As the client called it. */
  reference: string;
  isRunning: boolean;
  config: ContainerConfig;
  hostConfig: HostConfig;
  /** Where its root file system is mounted, or would be. */
  rootfs: string;
  upper: string;
  work: string;
  /** Its image's layers, the top one first. */
  lower: readonly string[];
  /** What the engine wrote for it, at its places; what else is mounted there covers it. */
  engineFiles: View["mounts"];
  /** Undefined when it has the host's ids. */
  mapping: UserMapping | undefined;
  /** Runs `work` while nothing else starts, stops or removes the container. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /** Publishes an event of the container. */
  announce(action: string): void;
}

/** The mounts of containers, made for as long as someone looks at them. */
export interface FilesMounts {
  activate(
    containerId: string,
    request: { config: ContainerConfig; hostConfig: HostConfig; rootfs: string },
  ): Promise<unknown>;
  deactivate(containerId: string): void;
  sourcesOf(containerId: string, hostConfig: HostConfig): View["mounts"];
}

export interface ExtractRequest {
  path: string;
  /** Whether a directory and something else may not take each other's place. */
  keepKinds: boolean;
  /** Whether everything gets the container's user as its owner, if it has one. */
  ownedByUser: boolean;
}

/** Bytes: what Go's servers read of a request they have answered already. */
const MAX_UNWANTED = 256 * 1024;

export class ContainerFiles {
  private readonly mounts: FilesMounts;

  constructor(mounts: FilesMounts) {
    this.mounts = mounts;
  }

  /** @throws BerthError notFound in Docker's words */
  async stat(subject: FilesSubject, path: string): Promise<PathStat> {
    return this.withView(subject, async (view) => {
      const worker = startFilesWorker({ job: "stat", view, container: subject.reference, path });
      const stat = await nextStat(worker);
      await drain(worker.messages);
      return stat;
    });
  }

  /**
   * The archive of what is at `path`; its iteration must be ended. A container that does not run can be started and
   * removed meanwhile: the archive goes on with the files it had.
   */
  async read(
    subject: FilesSubject,
    path: string,
  ): Promise<{ stat: PathStat; archive: AsyncIterableIterator<Uint8Array> }> {
    const { stat, worker } = await this.withView(subject, async (view) => {
      const job = { job: "pack", view, container: subject.reference, path, owners: ownersOf(subject.mapping) } as const;
      const worker = startFilesWorker(job);
      return { stat: await nextStat(worker), worker };
    });
    subject.announce("archive-path");
    return { stat, archive: outputOf(worker) };
  }

  /** Unpacks an archive, compressed or not. @throws BerthError in Docker's words */
  async write(subject: FilesSubject, request: ExtractRequest, archive: AsyncIterable<Uint8Array>): Promise<void> {
    const { config, hostConfig } = subject;
    await this.withView(subject, async (view) => {
      const user = request.ownedByUser && config.User ? resolveUser(subject.rootfs, config.User) : undefined;
      const worker = startFilesWorker({
        job: "extract",
        view,
        container: subject.reference,
        path: request.path,
        keepKinds: request.keepKinds,
        readOnlyRoot: hostConfig.ReadonlyRootfs === true,
        owners: ownersOf(subject.mapping),
        ...(user && { owner: ownerOutside(ownersOf(subject.mapping))(user.uid, user.gid) }),
      });
      await feed(worker, archive);
    });
    subject.announce("extract-to-dir");
  }

  /** The archive of the whole root file system, without what is mounted in it; as with {@link read}. */
  async export(subject: FilesSubject): Promise<AsyncIterableIterator<Uint8Array>> {
    const worker = await withRootFilesystem(subject, async () => {
      const started = startFilesWorker({ job: "export", rootfs: subject.rootfs, owners: ownersOf(subject.mapping) });
      await started.messages.next();
      return started;
    });
    subject.announce("export");
    return outputOf(worker);
  }

  private withView<T>(subject: FilesSubject, work: (view: View) => Promise<T>): Promise<T> {
    const { id, config, hostConfig, rootfs, engineFiles } = subject;
    const view = (): View => ({ rootfs, mounts: [...engineFiles, ...this.mounts.sourcesOf(id, hostConfig)] });
    return withRootFilesystem(subject, async (wasMounted) => {
      if (wasMounted) return work(view());
      await this.mounts.activate(id, { config, hostConfig, rootfs });
      try {
        return await work(view());
      } finally {
        this.mounts.deactivate(id);
      }
    });
  }
}

/** Runs `work` with the root file system mounted: for a container that does not run, nothing else happens meanwhile. */
async function withRootFilesystem<T>(subject: FilesSubject, work: (wasMounted: boolean) => Promise<T>): Promise<T> {
  if (subject.isRunning) return work(true);
  return subject.exclusively(async () => {
    // It may have been started while this waited.
    if (subject.isRunning) return work(true);
    const { lower, upper, work: workDirectory, rootfs, config, mapping } = subject;
    for (const path of [upper, rootfs]) mkdirSync(path, { recursive: true, mode: 0o755 });
    mkdirSync(workDirectory, { recursive: true, mode: 0o700 });
    mountRootFilesystem({ lower, upper, work: workDirectory, target: rootfs, mapping });
    try {
      makeEngineFiles(rootfs, config.WorkingDir ?? "", mapping?.root);
      return await work(false);
    } finally {
      // The kernel may take its time to write everything out; nobody need wait for that.
      void unmountRootFilesystem(rootfs);
    }
  });
}

async function nextStat({ messages }: FilesWorker): Promise<PathStat> {
  const { value } = await messages.next();
  if (value?.type === "stat") return value.stat;
  throw new BerthError("internal", "a files worker ended without an answer");
}

async function drain(messages: AsyncGenerator<FilesMessage>): Promise<void> {
  while (!(await messages.next()).done);
}

/** What the worker writes; it is killed when nobody reads that any more, also when nobody began to. */
function outputOf(worker: FilesWorker): AsyncIterableIterator<Uint8Array> {
  return withCleanup(chunksOf(worker), () => worker.kill());
}

async function* chunksOf({ output, messages }: FilesWorker): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of output) yield chunk;
  await drain(messages);
}

/** Gives a worker its input until either has had enough. @throws what the worker failed with, before anything else */
async function feed(worker: FilesWorker, input: AsyncIterable<Uint8Array>): Promise<void> {
  worker.output.resume();
  const answered = drain(worker.messages);
  answered.catch(() => {});
  try {
    // A worker that refuses closes its end: what counts is its reason, not that writing to it fails.
    await pour(input, worker);
    await answered;
  } finally {
    worker.kill();
  }
}

async function pour(input: AsyncIterable<Uint8Array>, worker: FilesWorker): Promise<void> {
  worker.input.on("error", () => {});
  let unwanted = 0;
  for await (const chunk of input) {
    if (!worker.input.destroyed && !worker.input.write(chunk)) await writable(worker);
    // Clients want to finish what they send before they read why it was refused, as long as it is little.
    if (worker.input.destroyed) unwanted += chunk.length;
    if (unwanted > MAX_UNWANTED) return;
  }
  worker.input.end();
}

function writable({ input }: FilesWorker): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      input.off("drain", done);
      input.off("close", done);
      resolve();
    };
    input.on("drain", done);
    input.on("close", done);
  });
}
