// The control groups of containers, found by container: processes, samples and live changes of limits.
import type { HostConfig } from "../../api/host-configuration.ts";
import type { Cgroups } from "../../runtime/cgroups/cgroups.ts";
import type { CgroupSample } from "../../runtime/cgroups/sample.ts";
import type { HostFacts } from "../../runtime/spec/host.ts";
import { buildLimits } from "../../runtime/spec/resources.ts";
import type { EngineConfig } from "../config.ts";
import type { Container } from "./container.ts";

export const DEFAULT_CGROUP_PARENT = "/berth";

/** Below the mount of each controller. */
export function cgroupPathOf(id: string, { CgroupParent }: HostConfig, config: EngineConfig): string {
  const parent = CgroupParent || config.cgroupParent || DEFAULT_CGROUP_PARENT;
  return `${parent.startsWith("/") ? "" : "/"}${parent}/${id}`;
}

export class CgroupControl {
  private readonly cgroups: Cgroups;
  private readonly host: HostFacts;
  private readonly config: EngineConfig;

  constructor(cgroups: Cgroups, host: HostFacts, config: EngineConfig) {
    this.cgroups = cgroups;
    this.host = host;
    this.config = config;
  }

  /** In the host's numbering. */
  processesOf(container: Container): number[] {
    return this.cgroups.processesOf(this.pathOf(container));
  }

  /** Kills all of them, also when the container is paused. */
  kill(container: Container): void {
    this.cgroups.kill(this.pathOf(container));
  }

  sampleOf(container: Container): CgroupSample {
    return this.cgroups.sampleOf(this.pathOf(container));
  }

  /** Puts changed limits of a running container into effect. @throws BerthError */
  async update(container: Container, limits: HostConfig, signal: AbortSignal): Promise<void> {
    await container.runtime.update(container.id, buildLimits(limits, this.host), signal);
    // crun has no word for "no limit" here.
    if ((limits.PidsLimit ?? 0) <= 0) this.cgroups.liftPidsLimit(this.pathOf(container));
  }

  private pathOf({ id, spec }: Container): string {
    return cgroupPathOf(id, spec.hostConfig, this.config);
  }
}
