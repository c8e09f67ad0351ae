// BuildKit's protocol as a front end of the builder: clients call its services, and it calls the clients' sessions.
import type { Duplex } from "node:stream";
import type { Log } from "../api/log.ts";
import { Health, HealthCheckResponse_ServingStatus } from "../grpc/proto/grpc/health_pb.ts";
import { GrpcServer } from "../grpc/server.ts";
import { lookupOf, unary } from "../grpc/service.ts";
import { bridgeMethods } from "./bridge/service.ts";
import type { BuildCache } from "./control/cache-calls.ts";
import { contentMethods } from "./control/content.ts";
import { History } from "./control/history.ts";
import { ControlService } from "./control/service.ts";
import type { Solve } from "./control/solve.ts";
import type { WorkerFacts } from "./control/workers.ts";
import type { BuildEngine } from "./engine.ts";
import { HttpBuilds } from "./http-build.ts";
import { Registry } from "./registry.ts";
import { BuildKitSession } from "./session/build-session.ts";
import { type SessionOpening, Sessions } from "./session/sessions.ts";

export interface BuildKitParts {
  engine: BuildEngine;
  cache: BuildCache;
  /** Directory of the build history. */
  historyDirectory: string;
  worker(): WorkerFacts;
  log: Log;
}

export class BuildKit {
  readonly sessions = new Sessions();
  readonly httpBuilds: HttpBuilds;
  private readonly server: GrpcServer;

  constructor({ engine, cache, historyDirectory, worker, log }: BuildKitParts) {
    const solves = new Registry<Solve>();
    const { sessions } = this;
    const history = new History(historyDirectory, log);
    const control = new ControlService({
      engine,
      solves,
      sessions,
      history,
      cache,
      worker,
    });
    this.httpBuilds = new HttpBuilds(control);
    const methods = [
      ...control.methods,
      ...contentMethods(history),
      ...bridgeMethods({ engine, solves }),
      unary(Health.method.check, () => ({ status: HealthCheckResponse_ServingStatus.SERVING })),
    ];
    this.server = new GrpcServer(lookupOf(methods), log);
  }

  /** Serves a client's calls; resolves when its connection is closed. */
  async serve(connection: Duplex): Promise<void> {
    await this.server.serve(connection);
  }

  /** A client's open session, for use by a build. @throws BerthError notFound */
  async session(id: string, signal: AbortSignal): Promise<BuildKitSession> {
    return new BuildKitSession(await this.sessions.find(id, signal));
  }

  /** Serves a session; resolves when it has ended. @throws BerthError conflict */
  async serveSession(opening: SessionOpening, connection: Duplex): Promise<void> {
    await this.sessions.serve(opening, connection);
  }
}
