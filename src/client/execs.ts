// Calls for execs: further processes in running containers.
import type { CreateExecAnswer, CreateExecRequest, ExecInspect, StartExecRequest } from "../api/exec.ts";
import { type AttachStream, attachStream } from "./attach.ts";
import type { Connection } from "./connection.ts";

export class Execs {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  create(container: string, request: CreateExecRequest): Promise<CreateExecAnswer> {
    return this.#connection.json("POST", `/containers/${encodeURIComponent(container)}/exec`, { json: request });
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
