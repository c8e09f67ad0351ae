// Calls for execs: further processes in running containers.
import type { CreateExecAnswer, CreateExecRequest, ExecInspect, StartExecRequest } from "../api/exec.ts";
import { type AttachStream, attachStream } from "./attach.ts";
import type { Connection } from "./connection.ts";
import { readRun, type StartedRun } from "./runs.ts";

export class Execs {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  create(container: string, request: CreateExecRequest): Promise<CreateExecAnswer> {
    return this.#connection.json("POST", `/containers/${encodeURIComponent(container)}/exec`, { json: request });
  }

  /**
   * Berth extension: creates, attaches, starts and waits in one request. Resolves once the exec is created.
   * @throws ApiError 404 "page not found" from any other engine
   */
  async run(container: string, request: CreateExecRequest): Promise<StartedRun> {
    const path = `/berth/containers/${encodeURIComponent(container)}/exec`;
    return readRun(await this.#connection.hijack("POST", path, { json: request }));
  }

  /** Starts it detached. */
  startDetached(exec: string, request: Omit<StartExecRequest, "Detach"> = {}): Promise<void> {
    return this.#connection.done("POST", `/exec/${exec}/start`, { json: { ...request, Detach: true } });
  }

  /** Starts it attached. */
  async start(exec: string, request: Omit<StartExecRequest, "Detach"> = {}): Promise<AttachStream> {
    const raw = await this.#connection.hijack("POST", `/exec/${exec}/start`, { json: { ...request, Detach: false } });
    return attachStream(raw, !request.Tty);
  }

  resize(exec: string, rows: number, columns: number): Promise<void> {
    return this.#connection.done("POST", `/exec/${exec}/resize`, { query: { h: rows, w: columns } });
  }

  inspect(exec: string): Promise<ExecInspect> {
    return this.#connection.json("GET", `/exec/${exec}/json`);
  }
}
