// A listener with the test's own routes, and a raw client for it.
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Route } from "../../../src/server/exchange.ts";
import { DEFAULT_TIMEOUTS, type HttpRequest, type Timeouts } from "../../../src/server/http/connection.ts";
import { HttpServer, type ListenTarget } from "../../../src/server/http/server.ts";
import { DaemonLog } from "../../../src/server/log.ts";
import { Router } from "../../../src/server/router.ts";
import { eventually } from "../../support/command.ts";

export type Transport = "unix" | "tcp";

export interface TestServer extends AsyncDisposable {
  unix: ListenTarget;
  tcp: ListenTarget;
  /** Everything the server logged. */
  lines: string[];
}

export async function startServer(
  routes: Route[],
  timeouts: Partial<Timeouts> = {},
  maxConnections?: number,
): Promise<TestServer> {
  const directory = mkdtempSync(join(tmpdir(), "berth-http-"));
  const lines: string[] = [];
  const log = new DaemonLog("debug", (line) => lines.push(line));
  const router = new Router(routes, log);
  const service = {
    respond: (request: HttpRequest) => router.respond(request),
    connected: () => {},
    commonFields: { Server: "test" },
    log,
    timeouts: { ...DEFAULT_TIMEOUTS, ...timeouts },
  };
  const server = new HttpServer(service, maxConnections);
  const unix = { path: join(directory, "server.sock") };
  await server.listen(unix);
  const port = await server.listen({ host: "127.0.0.1", port: 0 });
  return {
    unix,
    tcp: { host: "127.0.0.1", port },
    lines,
    async [Symbol.asyncDispose]() {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A client that keeps everything it received as text. */
export class RawClient {
  readonly socket: Socket;
  received = "";
  ended = false;
  closed = false;

  constructor(target: ListenTarget) {
    this.socket = connect({ ...target, allowHalfOpen: true });
    this.socket.on("data", (chunk) => {
      this.received += chunk.toString("latin1");
    });
    this.socket.on("end", () => {
      this.ended = true;
    });
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.closed = true;
    });
  }

  send(text: string): void {
    this.socket.write(text, "latin1");
  }

  async receives(text: string): Promise<void> {
    await eventually(`${JSON.stringify(text)} in ${JSON.stringify(this.received)}`, () => this.received.includes(text));
  }

  /** Everything received once the server has ended its side. */
  async rest(): Promise<string> {
    await eventually("the server's end", () => this.ended || this.closed);
    this.socket.destroy();
    return this.received;
  }
}
