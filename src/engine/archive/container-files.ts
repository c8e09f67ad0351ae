// `cp`, the archive API and `export`: a container's files as archives, whether it runs or not.
import { mkdirSync } from "node:fs";
import { BerthError } from "../../api/errors.ts";
import { withCleanup } from "../../async/pull-queue.ts";
import { resolveUser } from "../../runtime/spec/user.ts";
import { makeEngineFiles } from "../../storage/engine-files.ts";
import type { FilesMessage, View } from "../../storage/files/messages.ts";
import { ownerOutside, ownersOf } from "../../storage/files/owners.ts";
import type { PathStat } from "../../storage/files/path-stat.ts";
import { type FilesWorker, startFilesWorker } from "../../storage/files/spawn.ts";
import { mountRootFilesystem, unmountRootFilesystem } from "../../storage/rootfs.ts";
import type { UserMapping } from "../../storage/user-mapping.ts";
import type { ContainerConfiguration } from "../containers/configuration/container-configuration.ts";
import type { HostConfiguration } from "../containers/configuration/host-configuration.ts";

/** What archives need to know about a container. */
export interface FilesSubject {
  id: string;
  /** The reference the client used. */
  reference: string;
  isRunning: boolean;
  config: ContainerConfiguration;
  hostConfig: HostConfiguration;
  /** The mount point of its root filesystem. */
  rootfs: string;
  upper: string;
  work: string;
  /** Its image's layers, top first. */
  lower: readonly string[];
  /** The engine's files by their paths in the container; other mounts at these paths hide them. */
  engineFiles: View["mounts"];
  /** Undefined when it has the host's ids. */
  mapping: UserMapping | undefined;
  /** Runs `work` while nothing else starts, stops or removes the container. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /** Publishes an event of the container. */
  announce(action: string): void;
}

/** Activates a container's mounts while its files are read or written. */
export interface FilesMounts {
  activate(
    containerId: string,
    request: { config: ContainerConfiguration; hostConfig: HostConfiguration; rootfs: string },
  ): Promise<unknown>;
  deactivate(containerId: string): void;
  sourcesOf(containerId: string, hostConfig: HostConfiguration): View["mounts"];
}

export interface ExtractRequest {
  path: string;
  /** Whether a directory must not replace a non-directory, and vice versa. */
  keepKinds: boolean;
  /** Whether all files are owned by the container's user. */
  ownedByUser: boolean;
}

/** Bytes that Go's servers read of a request after they have answered it. */
const MAX_DISCARDED = 256 * 1024;

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
   * Streams an archive of `path`; the iterator must be closed. A stopped container can be started and removed meanwhile:
   * the archive keeps the files it started with.
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
      const user = request.ownedByUser && config.user ? resolveUser(subject.rootfs, config.user) : undefined;
      const worker = startFilesWorker({
        job: "extract",
        view,
        container: subject.reference,
        path: request.path,
        keepKinds: request.keepKinds,
        readOnlyRoot: hostConfig.readonlyRootfs === true,
        owners: ownersOf(subject.mapping),
        ...(user && { owner: ownerOutside(ownersOf(subject.mapping))(user.uid, user.gid) }),
      });
      await feed(worker, archive);
    });
    subject.announce("extract-to-dir");
  }

  /** Streams an archive of the root filesystem without mounts; see {@link read}. */
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

/** Runs `work` with the root filesystem mounted; a stopped container is locked meanwhile. */
async function withRootFilesystem<T>(subject: FilesSubject, work: (wasMounted: boolean) => Promise<T>): Promise<T> {
  if (subject.isRunning) return work(true);
  return subject.exclusively(async () => {
    // It may have been started while this waited for the lock.
    if (subject.isRunning) return work(true);
    const { lower, upper, work: workDirectory, rootfs, config, mapping } = subject;
    for (const path of [upper, rootfs]) mkdirSync(path, { recursive: true, mode: 0o755 });
    mkdirSync(workDirectory, { recursive: true, mode: 0o700 });
    mountRootFilesystem({ lower, upper, work: workDirectory, target: rootfs, mapping });
    try {
      makeEngineFiles(rootfs, config.workingDir, mapping?.root);
      return await work(false);
    } finally {
      // A lazy unmount: the kernel may take long to write back.
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

/** The worker's output; the worker is killed when the reader stops, even before its first read. */
function outputOf(worker: FilesWorker): AsyncIterableIterator<Uint8Array> {
  return withCleanup(chunksOf(worker), () => worker.kill());
}

async function* chunksOf({ output, messages }: FilesWorker): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of output) yield chunk;
  await drain(messages);
}

/** Feeds a worker until either side ends. @throws preferably the worker's own failure */
async function feed(worker: FilesWorker, input: AsyncIterable<Uint8Array>): Promise<void> {
  worker.output.resume();
  const answered = drain(worker.messages);
  answered.catch(() => {});
  try {
    // A failing worker closes its input; its own error is reported instead of the write error.
    await pour(input, worker);
    await answered;
  } finally {
    worker.kill();
  }
}

async function pour(input: AsyncIterable<Uint8Array>, worker: FilesWorker): Promise<void> {
  worker.input.on("error", () => {});
  let discarded = 0;
  for await (const chunk of input) {
    if (!worker.input.destroyed && !worker.input.write(chunk)) await writable(worker);
    // Clients finish sending before they read the refusal, so a short rest of the body is drained.
    if (worker.input.destroyed) discarded += chunk.length;
    if (discarded > MAX_DISCARDED) return;
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
