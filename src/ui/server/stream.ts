// A stream of the engine over a WebSocket: logs, events, stats and pulls, and the bidirectional streams of attach and
// exec. The page acknowledges data; at most one window is in flight, and the engine gets back-pressure.
import type { ServerWebSocket } from "bun";
import * as v from "valibot";
import type { Connection } from "../../client/index.ts";
import { STREAM_WINDOW, type StreamControl } from "../wire/session.ts";

const controlSchema = v.variant("kind", [
  v.object({ kind: v.literal("consumed"), bytes: v.pipe(v.number(), v.minValue(0)) }),
  v.object({ kind: v.literal("end-of-input") }),
]);

/** Maximum input that the engine has not taken yet. */
const MAX_INPUT_BYTES = 16 * 1024 * 1024;

/** Paths whose connection is hijacked for both directions. */
const TWO_WAY = /^\/(?:containers\/[^/]+\/attach|exec\/[^/]+\/start)$/;

export interface StreamRequest {
  connection: Connection;
  method: string;
  path: string;
  query: Record<string, string | string[]>;
  /** The session that opened it. */
  session: string;
}

interface Source {
  output: AsyncIterable<Uint8Array>;
  multiplexed: boolean;
  write(chunk: Uint8Array): Promise<unknown>;
  closeWrite(): Promise<void>;
  close(): void;
}

export class Stream {
  readonly #request: StreamRequest;
  readonly #cancel = new AbortController();
  #source: Source | undefined;
  #underWay = 0;
  #wake: (() => void) | undefined;
  #input: Promise<unknown> = Promise.resolve();
  #inputBytes = 0;

  constructor(request: StreamRequest) {
    this.#request = request;
  }

  get session(): string {
    return this.#request.session;
  }

  /** Opens the stream and forwards its output until it ends. */
  async run(socket: ServerWebSocket<Stream>): Promise<void> {
    const tell = (control: StreamControl) => socket.send(JSON.stringify(control));
    try {
      this.#source = await this.#open();
      tell({ kind: "open", multiplexed: this.#source.multiplexed });
      for await (const chunk of this.#source.output) {
        for (let at = 0; at < chunk.length; at += STREAM_WINDOW / 4) {
          const part = chunk.subarray(at, at + STREAM_WINDOW / 4);
          while (this.#underWay >= STREAM_WINDOW && !this.#cancel.signal.aborted) await this.#room();
          if (this.#cancel.signal.aborted) return;
          this.#underWay += part.length;
          socket.send(part);
        }
      }
      tell({ kind: "closed" });
    } catch (thrown) {
      if (this.#cancel.signal.aborted) return;
      tell({ kind: "closed", message: thrown instanceof Error ? thrown.message : String(thrown) });
    } finally {
      this.#source?.close();
      socket.close();
    }
  }

  /** Handles a message of the page. */
  receive(message: string | Uint8Array): void {
    if (typeof message !== "string") {
      this.#inputBytes += message.length;
      if (this.#inputBytes > MAX_INPUT_BYTES) {
        this.close();
        return;
      }
      this.#input = this.#input
        .then(() => this.#source?.write(message))
        .then(() => {
          this.#inputBytes -= message.length;
        })
        .catch(() => this.close());
      return;
    }
    const parsed = v.safeParse(controlSchema, parse(message));
    if (!parsed.success) {
      this.close();
    } else if (parsed.output.kind === "end-of-input") {
      this.#input = this.#input.then(() => this.#source?.closeWrite()).catch(() => this.close());
    } else {
      this.#underWay = Math.max(0, this.#underWay - parsed.output.bytes);
      this.#wake?.();
    }
  }

  /** Called when the page disconnects. */
  close(): void {
    this.#cancel.abort();
    this.#source?.close();
    this.#wake?.();
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  async #open(): Promise<Source> {
    const { connection, method, path, query } = this.#request;
    if (TWO_WAY.test(path)) {
      const json = path.startsWith("/exec/") ? { Detach: false, Tty: query.tty === "1" } : undefined;
      const stream = await connection.hijack("POST", path, { query, ...(json && { json }) });
      return { ...stream, multiplexed: stream.contentType.includes("multiplexed") };
    }
    const { signal } = this.#cancel;
    const answer = await connection.send(method, path, { query, signal });
    return {
      output: connection.body(answer),
      multiplexed: (answer.headers.get("content-type") ?? "").includes("multiplexed"),
      write: () => Promise.resolve(),
      closeWrite: () => Promise.resolve(),
      close: () => this.#cancel.abort(),
    };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
