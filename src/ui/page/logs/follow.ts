// Reads container logs into a buffer.
import type { ContainerInspect } from "../../../api/containers.ts";
import { get, type Query } from "../engine/requests.ts";
import { EngineStream } from "../engine/stream.ts";
import type { LogBuffer } from "./buffer.ts";
import { Demultiplexer, type Output } from "./demultiplex.ts";

/** Maximum time spent on a log per frame. */
const MAX_WORK_MILLISECONDS = 8;

export interface LogSource {
  id: string;
  name: string;
}

export interface LogOptions {
  timestamps: boolean;
  follow: boolean;
  /** Number of last lines, or "all". */
  tail: string;
  /** Seconds before now; 0 for the start. */
  since: number;
}

export function logQuery({ timestamps, follow, tail, since }: LogOptions): Query {
  return {
    stdout: true,
    stderr: true,
    timestamps,
    follow,
    tail,
    ...(since > 0 && { since: Math.floor(Date.now() / 1000) - since }),
  };
}

/** Reads until the log ends. @throws Error of the engine */
export async function followLog(
  buffer: LogBuffer,
  source: LogSource,
  options: LogOptions,
  hooks: { labelled: boolean; signal: AbortSignal; changed(): void },
): Promise<void> {
  const stream = new EngineStream(`/containers/${source.id}/logs`, logQuery(options), hooks.signal);
  const { multiplexed } = await stream.opened;
  const label = hooks.labelled ? source.name : "";
  const outputs = new Map<number, Lines>();
  let started = performance.now();
  for await (const output of outputsOf(stream, multiplexed)) {
    for (const { stream: number, bytes } of output) {
      const lines = outputs.get(number) ?? new Lines();
      outputs.set(number, lines);
      for (const text of lines.add(bytes)) buffer.append({ text, stream: number, source: label });
    }
    hooks.changed();
    if (performance.now() - started < MAX_WORK_MILLISECONDS) continue;
    // Let the page render and handle input before the next chunk.
    await new Promise((resolve) => setTimeout(resolve));
    started = performance.now();
  }
  for (const [number, lines] of outputs) {
    if (lines.rest !== "") buffer.append({ text: lines.rest, stream: number, source: label });
  }
  hooks.changed();
}

/** Downloads the whole log. */
export async function logFile(source: LogSource, options: LogOptions): Promise<Blob> {
  const { Config } = await get<ContainerInspect>(`/containers/${source.id}/json`);
  const stream = new EngineStream(`/containers/${source.id}/logs`, logQuery({ ...options, follow: false }));
  const parts: Blob[] = [];
  for await (const output of outputsOf(stream, !Config.Tty)) {
    for (const { bytes } of output) parts.push(new Blob([new Uint8Array(bytes)]));
  }
  return new Blob(parts, { type: "text/plain" });
}

async function* outputsOf(chunks: AsyncIterable<Uint8Array>, multiplexed: boolean): AsyncGenerator<Output[]> {
  const demultiplexer = new Demultiplexer();
  for await (const bytes of chunks) yield multiplexed ? demultiplexer.add(bytes) : [{ stream: 1, bytes }];
}

class Lines {
  readonly #decoder = new TextDecoder();
  rest = "";

  add(chunk: Uint8Array): string[] {
    const lines = (this.rest + this.#decoder.decode(chunk, { stream: true })).split("\n");
    this.rest = lines.pop() ?? "";
    return lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
  }
}
