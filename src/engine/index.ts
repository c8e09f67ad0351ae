// The engine as its front ends see it: the one module that other rooms import (docs/architecture.md, "Front ends").
// Nothing here depends on HTTP, gRPC or any client. Requests and answers are types of the engine's own.
import type { Log } from "../api/log.ts";
import type { Builds } from "./build/builds.ts";
import { type ContainerCommit, commitContainer } from "./commit.ts";
import type { EngineConfig } from "./config.ts";
import { ContainerService } from "./container-service.ts";
import { Engine as EngineParts } from "./engine.ts";
import { type EventQuery, streamEvents } from "./event-stream.ts";
import type { EngineEvent, Events } from "./events.ts";
import type { Images } from "./images/images.ts";
import type { Networks } from "./networks/networks.ts";
import type { ScopedSockets } from "./scoped-sockets.ts";
import type { System } from "./system.ts";
import type { Volumes } from "./volumes/volumes.ts";

export type { RegistryCredentials } from "../registry/credentials.ts";
export type { SearchResult } from "../registry/search.ts";
export type { FileChange } from "../storage/changes.ts";
export type { PathStat } from "../storage/files/path-stat.ts";
export type { Builds } from "./build/builds.ts";
export type { CacheEntry } from "./build/cache/entry.ts";
export type { CachePruneOptions } from "./build/cache/prune.ts";
export type { ClassicBuildRequest, ClassicEvent } from "./build/classic/request.ts";
export type { BuildEvent, VertexState } from "./build/events.ts";
export type { NamedContext, SolveRequest } from "./build/solve-request.ts";
export type { ContainerCommit } from "./commit.ts";
export type { BuildCachePolicy, BuildEntitlements, EngineConfig } from "./config.ts";
export type { Attachment, ContainerLogRequest, ContainerService } from "./container-service.ts";
export type { ContainerRequest, CreatedContainer } from "./containers/configuration/create.ts";
export type { HostConfiguration, HostRequest } from "./containers/configuration/host-configuration.ts";
export type { UpdateRequest } from "./containers/configuration/update.ts";
export type { ExecRequest, InspectedExec } from "./containers/exec/exec-instance.ts";
export { StartError } from "./containers/lifecycle/start-error.ts";
export { Trace } from "./containers/lifecycle/trace.ts";
export { checkLogDriver } from "./containers/logs/drivers.ts";
export { parseLogSize } from "./containers/logs/limits.ts";
export type { InspectedContainer } from "./containers/queries/inspect.ts";
export type { ListedContainer } from "./containers/queries/list.ts";
export type { ContainerStats, StatsSample } from "./containers/queries/stats.ts";
export type { ProcessTable } from "./containers/queries/top.ts";
export type { ContainerState, HealthState, MountPoint } from "./containers/record.ts";
export type { AttachRequest } from "./containers/streams/attachment.ts";
export type { ClientConnection } from "./containers/streams/join.ts";
export type { EngineEvent, Events } from "./events.ts";
export type { ConsoleSize, ExecService } from "./exec-service.ts";
export { examineThisHost, findingLine, type HostFinding, type HostReport } from "./host.ts";
export type { Images } from "./images/images.ts";
export type { HistoryEntry, InspectedImage } from "./images/inspect.ts";
export type { ListedImage } from "./images/list.ts";
export type { LayerStage, TransferEvent } from "./images/progress.ts";
export type { Distribution } from "./images/registry-queries.ts";
export type { RemovedImage } from "./images/remove.ts";
export type { ContainerNetworking, JoinedNetwork } from "./networks/container-networking.ts";
export type { NetworkRequest } from "./networks/creation.ts";
export type { InspectedNetwork } from "./networks/inspection.ts";
export type { Networks } from "./networks/networks.ts";
export type { EndpointRequest, IpamPool, NetworkRecord } from "./networks/records.ts";
export type { Pruned, PrunePlan, Pruner } from "./pruner.ts";
export { type RegularExpression, regularExpression } from "./regular-expression.ts";
export type { ReportedConnection, RunReport } from "./reported-run.ts";
export type { ScopedSocket, ScopedSockets, SocketRequest } from "./scoped-sockets.ts";
export type { DiskUsage, DiskUsagePart, EngineInfo, Program, System } from "./system.ts";
export type { InspectedVolume, VolumeCreation, VolumeUsage } from "./volumes/volume.ts";
export type { Volumes } from "./volumes/volumes.ts";

/** One engine on one data root. Methods throw BerthError for every error that a user can cause. */
export class Engine {
  readonly config: EngineConfig;
  readonly log: Log;
  readonly containers: ContainerService;
  readonly images: Images;
  readonly networks: Networks;
  readonly volumes: Volumes;
  readonly builds: Builds;
  readonly events: Events;
  readonly sockets: ScopedSockets;
  readonly system: System;
  private readonly parts: EngineParts;

  /** @throws BerthError invalidParameter for a configuration that the host cannot serve */
  constructor(config: EngineConfig, log: Log) {
    const parts = new EngineParts(config, log);
    const { containers, images, networks, volumes, builds, events, files, sockets, system } = parts;
    this.parts = parts;
    this.config = config;
    this.log = log;
    this.containers = new ContainerService({ containers, files, sources: parts, events });
    this.images = images;
    this.networks = networks;
    this.volumes = volumes;
    this.builds = builds;
    this.events = events;
    this.sockets = sockets;
    this.system = system;
  }

  /** Brings what an earlier daemon left into a state in which requests can be answered. */
  start(): Promise<void> {
    return this.parts.start();
  }

  /** Does the rest of the start; to be called once requests are answered. */
  completeStart(): Promise<void> {
    return this.parts.completeStart();
  }

  /** Releases everything; containers keep running. */
  stop(): Promise<void> {
    return this.parts.stop();
  }

  /** Creates an image from a container. @returns its ID. @throws BerthError */
  commit(commit: ContainerCommit): Promise<string> {
    return commitContainer(this.parts, commit);
  }

  /** Past and new events; the iteration ends at the query's end or with its signal. @throws BerthError invalidParameter */
  streamEvents(query: EventQuery): AsyncIterable<EngineEvent> {
    return streamEvents(this.events, query, this.log);
  }
}
