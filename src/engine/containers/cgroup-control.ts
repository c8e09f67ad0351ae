// The control groups of containers: processes, freezing, samples and live changes of limits.
import { posix } from "node:path";
import type { Cgroups, HostSample } from "../../runtime/cgroups/cgroups.ts";
import { MigrationLock } from "../../runtime/cgroups/migration.ts";
import type { HostFacts } from "../../runtime/spec/host.ts";
import { buildLimits, isUnlimitedQuota } from "../../runtime/spec/resources.ts";
import type { EngineConfig } from "../config.ts";
import type { HostConfiguration, Limits } from "./configuration/host-configuration.ts";
import type { Container } from "./container.ts";

export const DEFAULT_CGROUP_PARENT = "/berth";

/** Below the mount of each controller. */
export function cgroupPathOf(id: string, { cgroupParent }: HostConfiguration, config: EngineConfig): string {
  const parent = cgroupParent || config.cgroupParent || DEFAULT_CGROUP_PARENT;
  // A parent with ".." stays below the root of the control groups.
  return posix.resolve("/", parent, id);
}

export class CgroupControl {
  private readonly cgroups: Cgroups;
  private readonly host: HostFacts;
  private readonly config: EngineConfig;
  private readonly migrationLock: MigrationLock;

  constructor(cgroups: Cgroups, host: HostFacts, config: EngineConfig) {
    this.cgroups = cgroups;
    this.host = host;
    this.config = config;
    this.migrationLock = new MigrationLock(host.cgroup);
  }

  /** Announces that a process will soon be moved into a container's control group, which then takes less time. */
  prepareMigration(): void {
    this.migrationLock.prepare();
  }

  /** In the host's numbering. */
  processesOf(container: Container): number[] {
    return this.cgroups.processesOf(this.pathOf(container));
  }

  /** Whether its processes are frozen, or are being frozen. */
  isFrozen(container: Container): boolean {
    return this.cgroups.isFrozen(this.pathOf(container));
  }

  thaw(container: Container): void {
    this.cgroups.thaw(this.pathOf(container));
  }

  /** Kills all of its processes, frozen or not. */
  kill(container: Container): void {
    this.cgroups.kill(this.pathOf(container));
  }

  sampleOf(container: Container): HostSample {
    return this.cgroups.sampleOf(this.pathOf(container));
  }

  /** Applies changed limits to a running container. @throws BerthError */
  async update(container: Container, limits: Limits, signal: AbortSignal): Promise<void> {
    await container.runtime.update(container.id, buildLimits(limits, this.host), signal);
    // crun cannot lift these limits.
    if (limits.cpuQuota && isUnlimitedQuota(limits.cpuQuota)) this.cgroups.liftCpuQuota(this.pathOf(container));
    if ((limits.pidsLimit ?? 0) <= 0) this.cgroups.liftPidsLimit(this.pathOf(container));
  }

  private pathOf({ id, spec }: Container): string {
    return cgroupPathOf(id, spec.hostConfig, this.config);
  }
}
