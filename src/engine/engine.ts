// Composition of the engine's services: each gets what it needs of the others.
import type { Database } from "bun:sqlite";
import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../api/log.ts";
import { networkDrivers } from "../network/drivers/registry.ts";
import { Cgroups } from "../runtime/cgroups/cgroups.ts";
import { defaultSeccompProfile, parseSeccompProfile, type SeccompProfile } from "../runtime/seccomp/profile.ts";
import { readHostFacts } from "../runtime/spec/host.ts";
import { validateHostConfig } from "../runtime/spec/validation/validate.ts";
import { changesOf } from "../storage/changes.ts";
import { openDatabase } from "../storage/database.ts";
import { UserMapping } from "../storage/user-mapping.ts";
import { ContainerFiles } from "./archive/container-files.ts";
import { Builds } from "./build/builds.ts";
import { CacheRecords } from "./build/cache/records.ts";
import type { EngineConfig } from "./config.ts";
import { CgroupControl } from "./containers/cgroup-control.ts";
import type { Container } from "./containers/container.ts";
import { Containers } from "./containers/containers.ts";
import { usableLogDrivers } from "./containers/logs/drivers.ts";
import { Events } from "./events.ts";
import { Images } from "./images/images.ts";
import type { ContainerView } from "./networks/context.ts";
import { Networks } from "./networks/networks.ts";
import { ScopedSockets } from "./scoped-sockets.ts";
import { System } from "./system.ts";
import { checkTraversal, readUserRemap, refuseWithUserRemap } from "./user-remap.ts";
import { ContainerMounts } from "./volumes/container-mounts.ts";
import { VolumeStore } from "./volumes/volume-store.ts";
import { Volumes } from "./volumes/volumes.ts";

export class Engine {
  readonly config: EngineConfig;
  readonly log: Log;
  readonly events = new Events();
  readonly images: Images;
  readonly networks: Networks;
  readonly volumes: Volumes;
  readonly mounts: ContainerMounts;
  readonly files: ContainerFiles;
  readonly userMapping: UserMapping | undefined;
  readonly containers: Containers;
  readonly builds: Builds;
  readonly sockets: ScopedSockets;
  readonly system: System;
  private readonly database: Database;

  constructor(config: EngineConfig, log: Log) {
    this.config = config;
    this.log = log;
    const { events } = this;
    const host = readHostFacts();
    // Containers' files may have set-uid bits, so other users of the host must not reach them.
    mkdirSync(config.dataRoot, { recursive: true });
    chmodSync(config.dataRoot, 0o710);
    const database = openDatabase(join(config.dataRoot, "berth.db"));
    this.database = database;
    const buildCache = new CacheRecords(database);
    this.images = new Images({
      database,
      events,
      config,
      log,
      containersUsing: (imageId) => [...this.containers.using(imageId), ...this.builds.using(imageId)],
      isCached: (imageId) => buildCache.needs(imageId),
    });
    const remap = readUserRemap(config.usernsRemap);
    if (remap) checkTraversal(config.dataRoot);
    this.userMapping = remap && new UserMapping(remap, join(config.execRoot, "staging"));
    const volumeStore = new VolumeStore(database);
    this.volumes = new Volumes({ dataRoot: config.dataRoot, events, log }, volumeStore);
    this.mounts = new ContainerMounts(
      {
        dataRoot: config.dataRoot,
        execRoot: config.execRoot,
        events,
        log,
        images: this.images,
        userMapping: this.userMapping,
      },
      this.volumes,
      volumeStore,
    );
    this.files = new ContainerFiles(this.mounts);
    this.networks = new Networks({
      database,
      events,
      config,
      log,
      containers: { find: (reference) => networkView(this.containers.find(reference)) },
    });
    this.containers = new Containers({
      config,
      log,
      database,
      events,
      hostFacts: host,
      userMapping: this.userMapping,
      images: this.images,
      networks: this.networks,
      volumes: this.mounts,
      validate: (containerConfig, hostConfig) => {
        if (remap) refuseWithUserRemap(hostConfig);
        return validateHostConfig(containerConfig, hostConfig, host);
      },
      seccomp: seccompOf(config),
      cgroups: new CgroupControl(new Cgroups(host.cgroup, host), host, config),
      files: { changes: changesOf },
    });
    this.builds = new Builds({
      config,
      log,
      events,
      images: this.images,
      containers: this.containers,
      userMapping: this.userMapping,
      cache: buildCache,
    });
    this.sockets = new ScopedSockets(database, config.execRoot);
    this.system = new System({
      config,
      events,
      host,
      containers: this.containers,
      images: this.images,
      volumes: this.volumes,
      builds: this.builds,
      drivers: {
        // "host" and "null" are the drivers of the predefined networks "host" and "none".
        network: () => ["host", "null", ...networkDrivers.keys()].sort(),
        log: usableLogDrivers,
      },
    });
  }

  /** Brings what an earlier daemon left into a state in which requests can be answered. */
  async start(): Promise<void> {
    await this.userMapping?.open();
    this.images.sweep();
    await this.containers.restore();
    this.builds.sweep();
  }

  /** Does what is left of the start; to be called once requests are answered. */
  completeStart(): Promise<void> {
    return this.containers.completeRestore();
  }

  /** Releases everything; containers keep running. */
  async stop(): Promise<void> {
    this.containers.stop();
    this.userMapping?.close();
    await this.networks.stop();
    this.database.close();
  }
}

/** The default seccomp profile. @throws BerthError invalidParameter for an invalid file */
function seccompOf({ seccompProfile }: EngineConfig): SeccompProfile | "unconfined" {
  if (seccompProfile === "unconfined") return "unconfined";
  if (seccompProfile === "" || seccompProfile === "builtin") return defaultSeccompProfile;
  return parseSeccompProfile(readFileSync(seccompProfile, "utf8"));
}

function networkView(container: Container | undefined): ContainerView | undefined {
  if (!container) return undefined;
  const { spec } = container;
  return {
    id: spec.id,
    name: spec.name,
    hostname: spec.config.hostname,
    running: container.isRunning,
    hostsPath: container.paths.hosts,
  };
}
