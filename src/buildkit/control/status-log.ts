// The events of a build as BuildKit's StatusResponse, for any number of subscribers at any time.
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  BuildEvent,
  BuildObserver,
  BuildWarning,
  SourceLocation,
  Vertex,
  VertexState,
} from "../../engine/build/events.ts";
import type { StatusResponseSchema } from "../../grpc/proto/buildkit/control_pb.ts";
import { timestampOf } from "../../grpc/timestamps.ts";
import { definitionOfSource } from "../bridge/definitions.ts";
import { Changes } from "../changes.ts";

export type StatusInit = MessageInitShape<typeof StatusResponseSchema>;

/** Maximum output of a step, as in BuildKit. */
const MAX_LOG_BYTES = 2 * 1024 * 1024;
/** Maximum entries per message. */
const MAX_BATCH = 256;

export class StatusLog implements BuildObserver {
  private readonly entries: StatusInit[] = [];
  private readonly logBytes = new Map<string, number>();
  private readonly vertexStates = new Map<string, VertexState["type"]>();
  private readonly changes = new Changes();
  private warnings = 0;
  private isClosed = false;

  onEvent(event: BuildEvent): void {
    if (this.isClosed) return;
    if (event.type === "vertex") this.vertexStates.set(event.vertex.digest, event.state.type);
    if (event.type === "warning") this.warnings++;
    const entry = this.render(event);
    if (entry === undefined) return;
    this.entries.push(entry);
    this.changes.tell();
  }

  /** A step's output is bounded, so there is no back-pressure. */
  async ready(): Promise<void> {}

  /** Closes the log; subscribers end. */
  close(): void {
    this.isClosed = true;
    this.changes.tell();
  }

  /** All events from the start, then new ones until the build ends. */
  async *follow(signal: AbortSignal): AsyncGenerator<StatusInit, void, void> {
    for (let next = 0; ; ) {
      if (next < this.entries.length) {
        const batch = this.entries.slice(next, next + MAX_BATCH);
        next += batch.length;
        yield merged(batch);
      } else if (this.isClosed || signal.aborted) {
        return;
      } else {
        await this.changes.next(signal);
      }
    }
  }

  get counts(): { total: number; completed: number; cached: number; warnings: number } {
    const states = [...this.vertexStates.values()];
    return {
      total: states.length,
      completed: states.filter((state) => state === "completed" || state === "cached").length,
      cached: states.filter((state) => state === "cached").length,
      warnings: this.warnings,
    };
  }

  private render(event: BuildEvent): StatusInit | undefined {
    switch (event.type) {
      case "vertex":
        return { vertexes: [vertexOf(event.vertex, event.state)] };
      case "status": {
        const { id, vertex, current, total, started, completed } = event.status;
        return {
          statuses: [
            {
              ID: id,
              vertex,
              current: BigInt(Math.floor(current)),
              total: BigInt(Math.floor(total)),
              timestamp: timestampOf(Date.now()),
              started: timestampOf(started),
              ...(completed === undefined ? {} : { completed: timestampOf(completed) }),
            },
          ],
        };
      }
      case "log": {
        const msg = this.clipped(event.vertex, event.data);
        if (msg === undefined) return undefined;
        const stream = event.stream === "stdout" ? 1n : 2n;
        return { logs: [{ vertex: event.vertex, timestamp: timestampOf(event.time), stream, msg }] };
      }
      case "warning":
        return { warnings: [warningOf(event.warning)] };
    }
  }

  private clipped(vertex: string, data: Uint8Array): Uint8Array | undefined {
    const before = this.logBytes.get(vertex) ?? 0;
    if (before > MAX_LOG_BYTES) return undefined;
    this.logBytes.set(vertex, before + data.length);
    // The producer may reuse its buffer.
    if (before + data.length <= MAX_LOG_BYTES) return Buffer.from(data);
    return Buffer.concat([
      data.subarray(0, MAX_LOG_BYTES - before),
      Buffer.from(`\n[output clipped, log limit ${MAX_LOG_BYTES / 1024 / 1024}MiB reached]\n`),
    ]);
  }
}

function merged(entries: readonly StatusInit[]): StatusInit {
  return {
    vertexes: entries.flatMap(({ vertexes }) => vertexes ?? []),
    statuses: entries.flatMap(({ statuses }) => statuses ?? []),
    logs: entries.flatMap(({ logs }) => logs ?? []),
    warnings: entries.flatMap(({ warnings }) => warnings ?? []),
  };
}

function vertexOf({ digest, name, inputs }: Vertex, state: VertexState) {
  return {
    digest,
    name,
    inputs: [...inputs],
    cached: state.type === "cached",
    ...("started" in state ? { started: timestampOf(state.started) } : {}),
    ...("completed" in state ? { completed: timestampOf(state.completed) } : {}),
    ...(state.type === "failed" ? { error: state.error } : {}),
    ...(state.type === "canceled" ? { error: "context canceled" } : {}),
  };
}

function warningOf({ vertex, short, detail, url, location }: BuildWarning) {
  return {
    vertex,
    level: 1n,
    short: Buffer.from(short),
    detail: detail.map((line) => Buffer.from(line)),
    url,
    ...(location === undefined ? {} : sourceOf(location)),
  };
}

/** Where clients could load the file from. */
const DOCKERFILE_SOURCE = definitionOfSource("local://dockerfile");

/** A location in a Dockerfile, with the file's content. */
export function sourceOf({ filename, content, ranges }: SourceLocation) {
  return {
    info: { filename, data: Buffer.from(content), language: "Dockerfile", definition: DOCKERFILE_SOURCE },
    ranges: ranges.map(({ start, end }) => ({ start: { ...start }, end: { ...end } })),
  };
}
