// The SDK: a client of engines with Docker's API, for TypeScript on Bun. The command line is built on it.
import { Connection, type ConnectionOptions } from "./connection.ts";
import { Containers } from "./containers.ts";
import { Execs } from "./execs.ts";
import { Images } from "./images.ts";
import { Networks } from "./networks.ts";
import { Sockets } from "./sockets.ts";
import { System } from "./system.ts";
import { Volumes } from "./volumes.ts";

/**
 * A client of one engine. Nothing is sent before the first call.
 *
 * @example
 * const berth = new Berth();
 * for (const { Names, Status } of await berth.containers.list({ all: true })) console.log(Names[0], Status);
 */
export class Berth {
  readonly connection: Connection;
  readonly containers: Containers;
  readonly execs: Execs;
  readonly images: Images;
  readonly networks: Networks;
  readonly volumes: Volumes;
  readonly system: System;
  /** A Berth extension: Docker's engine answers with 404. */
  readonly sockets: Sockets;

  /** @throws EndpointError for an invalid host */
  constructor(options: ConnectionOptions = {}) {
    this.connection = new Connection(options);
    this.containers = new Containers(this.connection);
    this.execs = new Execs(this.connection);
    this.images = new Images(this.connection);
    this.networks = new Networks(this.connection);
    this.volumes = new Volumes(this.connection);
    this.system = new System(this.connection);
    this.sockets = new Sockets(this.connection);
  }
}

export type * from "../api/build.ts";
export type * from "../api/container-config.ts";
export type * from "../api/container-requests.ts";
export type * from "../api/containers.ts";
export type * from "../api/events.ts";
export type * from "../api/exec.ts";
export type * from "../api/images.ts";
export type * from "../api/networks.ts";
export type * from "../api/prune.ts";
export type * from "../api/scoped-sockets.ts";
export type * from "../api/system.ts";
export type * from "../api/volumes.ts";
export type * from "../api/waiting.ts";
export type { AttachStream } from "./attach.ts";
export type { BuildOptions } from "./build.ts";
export { Connection, type ConnectionOptions, NEWEST_API_VERSION, type PingAnswer } from "./connection.ts";
export type { AttachOptions, ListContainersOptions, LogsOptions, StopOptions } from "./containers.ts";
export { DEFAULT_HOST, type TlsMaterial } from "./endpoint.ts";
export { ApiError, ConnectionError, EndpointError } from "./errors.ts";
export type { CommitOptions, ImportOptions, PruneBuildCacheOptions, PullOptions } from "./images.ts";
export type { Filters } from "./query.ts";
export { type Bytes, type Frame, frames, jsonLines } from "./streams.ts";
export type { EventsOptions } from "./system.ts";
