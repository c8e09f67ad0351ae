// Exporters: to the engine's image store, and to the client as a directory or an archive.
import { messageOf } from "../../api/errors.ts";
import { familiarReference, type ImageReference, withDefaultTag } from "../../api/references.ts";
import { exportFiles } from "../../storage/build/spawn.ts";
import { digestOf } from "../../storage/content.ts";
import { credentialsFor } from "./credentials.ts";
import type { EngineServices } from "./engine-services.ts";
import type { BuildObserver, BuildWarning, VertexState } from "./events.ts";
import { now } from "./moments.ts";
import { RegistryStatus } from "./registry-status.ts";
import type { BuildSession } from "./session.ts";
import type { Exporter, SolveRequest } from "./solve-request.ts";
import type { Solution } from "./solved-build.ts";

/** An exporter's result, with the keys of BuildKit's metadata. */
export type ExportMetadata = Record<string, string>;

/** @throws BerthError; the reason of `signal` when it is aborted */
export async function exportSolution(
  services: EngineServices,
  solution: Solution,
  { exporters, session }: SolveRequest,
  observer: BuildObserver,
  signal: AbortSignal,
): Promise<ExportMetadata> {
  const metadata: ExportMetadata = {};
  for (const [index, exporter] of exporters.entries()) {
    signal.throwIfAborted();
    if (exporter.type === "image") {
      const work = (vertex: string) => {
        if (exporter.hasAnnotations) observer.onEvent({ type: "warning", warning: annotationWarning(vertex) });
        return exportImage(services, solution, exporter);
      };
      Object.assign(metadata, await asVertex(observer, "exporting to image", index, work));
      if (!exporter.pushes) continue;
      for (const name of exporter.names.map(withDefaultTag)) {
        const push = (vertex: string) => pushImage(services, name, session, { vertex, observer, signal });
        await asVertex(observer, `pushing ${familiarReference(name)}`, index, push);
      }
      continue;
    }
    const name = exporter.type === "local" ? "exporting to client directory" : "exporting to client tarball";
    await asVertex(observer, name, index, () => session.export(index, exporter.type, filesOf(solution), signal));
  }
  return metadata;
}

/** Docker's own image store drops annotations as well, but silently. */
const annotationWarning = (vertex: string): BuildWarning => ({
  vertex,
  short: "annotations are not stored by this engine; use labels (--label)",
  detail: [],
  url: "",
  location: undefined,
});

async function exportImage(
  { images }: EngineServices,
  solution: Solution,
  { names }: Extract<Exporter, { type: "image" }>,
): Promise<ExportMetadata> {
  const id = await images.assemble(solution);
  for (const each of names) {
    const name = withDefaultTag(each);
    images.tag(id, name);
  }
  return {
    "containerimage.config.digest": id,
    "containerimage.digest": id,
    ...(names.length > 0 ? { "image.name": names.map((name) => familiarReference(name)).join(",") } : {}),
  };
}

async function pushImage(
  { images }: EngineServices,
  reference: ImageReference,
  session: BuildSession,
  { vertex, observer, signal }: { vertex: string; observer: BuildObserver; signal: AbortSignal },
): Promise<void> {
  const status = new RegistryStatus(({ type, ...event }) => observer.onEvent({ type, status: { ...event, vertex } }));
  const credentials = await credentialsFor(session, reference.domain, signal);
  await images.push({ reference, credentials, tell: (line) => status.tell(line), signal });
}

async function* filesOf({ root }: Solution): AsyncGenerator<Uint8Array, void, void> {
  if (root) yield* exportFiles({ type: "layers", lower: [...root.lowerDirectories] });
  else yield Buffer.alloc(END_OF_ARCHIVE);
}

/** Two zero blocks: an empty archive. */
const END_OF_ARCHIVE = 1024;

/** Runs `work` as a vertex without dependencies. */
async function asVertex<T>(
  observer: BuildObserver,
  name: string,
  index: number,
  work: (vertex: string) => Promise<T>,
): Promise<T> {
  const digest = digestOf(`${name} ${index} ${Math.random()}`);
  const vertex = { digest, name, inputs: [], platform: undefined };
  const report = (state: VertexState): void => observer.onEvent({ type: "vertex", vertex, state });
  const started = now();
  report({ type: "started", started });
  try {
    const result = await work(digest);
    report({ type: "completed", started, completed: now() });
    return result;
  } catch (thrown) {
    report({ type: "failed", started, completed: now(), error: messageOf(thrown) });
    throw thrown;
  }
}
