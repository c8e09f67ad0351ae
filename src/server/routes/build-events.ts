// `POST /build?events=1`: a build with BuildKit's vertex progress events.
import type { BuildStatus } from "../../api/build-status.ts";
import { BerthError } from "../../api/errors.ts";
import type { BuildEvent, Builds, NamedContext, SolveRequest, VertexState } from "../../engine/index.ts";
import type { AwaitReader, TellProgress } from "./progress-reply.ts";

/** Builds, exports the image and tells its ID. @throws BerthError */
export async function buildWithEvents(
  builds: Builds,
  request: SolveRequest,
  { tell, reader }: { tell: TellProgress; reader: AwaitReader },
  signal: AbortSignal,
): Promise<void> {
  const observer = {
    onEvent: (event: BuildEvent) => {
      const build = statusOf(event);
      if (build) tell({ build });
    },
    ready: reader,
  };
  try {
    using result = await builds.solve(request, observer, signal);
    const metadata = await builds.export(result, request, observer, signal);
    tell({ aux: { ID: metadata["containerimage.digest"] ?? "", Metadata: metadata } });
  } catch (thrown) {
    // The place in the Dockerfile is shown where BuildKit's clients show it: above the message.
    const excerpt = builds.excerptOf(thrown);
    if (excerpt !== "") tell({ stream: excerpt });
    throw thrown;
  }
}

function statusOf(event: BuildEvent): BuildStatus | undefined {
  switch (event.type) {
    case "vertex": {
      const { digest, name, inputs } = event.vertex;
      return { vertexes: [{ digest, name, inputs: [...inputs], ...stateOf(event.state) }] };
    }
    case "status": {
      const { started, completed, ...status } = event.status;
      const times = { started: time(started), ...(completed === undefined ? {} : { completed: time(completed) }) };
      return { statuses: [{ ...status, timestamp: time(Date.now()), ...times }] };
    }
    case "log": {
      const { vertex, data } = event;
      const stream = event.stream === "stdout" ? 1 : 2;
      return { logs: [{ vertex, stream, data: base64(data), timestamp: time(event.time) }] };
    }
    case "warning": {
      const { vertex, short, detail, url } = event.warning;
      return { warnings: [{ vertex, short: base64(short), detail: detail.map(base64), url }] };
    }
    case "container":
      return undefined;
  }
}

function stateOf(state: VertexState): Partial<NonNullable<BuildStatus["vertexes"]>[number]> {
  if (state.type === "pending") return {};
  const started = time(state.started);
  if (state.type === "started") return { started };
  const ended = { started, completed: time(state.completed) };
  switch (state.type) {
    case "cached":
      return { ...ended, cached: true };
    case "failed":
      return { ...ended, error: state.error };
    case "canceled":
      return { ...ended, error: "context canceled" };
    default:
      return ended;
  }
}

const time = (moment: number): string => new Date(moment).toISOString();

const base64 = (content: string | Uint8Array): string => Buffer.from(content).toString("base64");

/** What a client writes as `--build-context NAME=TEXT`. @throws BerthError invalidParameter */
export function namedContextOf(name: string, text: string): NamedContext {
  const [, directory] = /^local:(.+)$/.exec(text) ?? [];
  if (directory !== undefined) return { type: "directory", name: directory };
  const [, image] = /^docker-image:\/\/(.+)$/.exec(text) ?? [];
  if (image !== undefined) return { type: "image", reference: image };
  if (/^(?:git|ssh):\/\/|^git@|^https?:\/\/[^#?]*\.git(?:[#?].*)?$/.test(text)) return { type: "git", remote: text };
  if (/^https?:\/\//.test(text)) return { type: "url", url: text };
  throw new BerthError("invalidParameter", `unsupported context source for ${name}: ${text}`);
}
