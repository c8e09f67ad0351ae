// Which containers are probed, when, and what follows from it: a monitor runs while its container does. An unhealthy
// container is restarted if its restart policy requires it.
import { messageOf } from "../../../api/errors.ts";
import type { Log } from "../../../api/log.ts";
import { parseTimestamp } from "../../../api/time.ts";
import type { Events } from "../../events.ts";
import type { Container } from "../container.ts";
import type { Execs } from "../exec/execs.ts";
import type { Termination } from "../lifecycle/termination.ts";
import { publish } from "../publish.ts";
import type { HealthState } from "../record.ts";
import type { ContainerStore } from "../store.ts";
import { probeHttp, probeTcp } from "./connection-probes.ts";
import { HealthMonitor } from "./monitor.ts";
import { type Probe, type ProbeOutcome, readProbe } from "./probes.ts";

export interface HealthChecksParts {
  store: ContainerStore<Container>;
  execs: Execs;
  termination: Termination;
  events: Events;
  log: Log;
}

export class HealthChecks {
  private readonly parts: HealthChecksParts;
  private readonly monitors = new Map<Container, HealthMonitor>();

  constructor(parts: HealthChecksParts) {
    this.parts = parts;
  }

  /** A run has begun: the results of earlier runs stay readable. */
  begin(container: Container): void {
    const log = container.state.health?.log ?? [];
    this.watch(container, { status: "starting", failingStreak: 0, log });
  }

  /** Continues with a container that runs already: after a pause, or for a new daemon. */
  resume(container: Container): void {
    this.watch(container, container.state.health ?? { status: "starting", failingStreak: 0, log: [] });
  }

  /** The container is paused or has ended; Docker reports a container without probes as unhealthy. */
  end(container: Container): void {
    this.monitors.get(container)?.stop();
    this.monitors.delete(container);
    if (container.state.health) container.state.health.status = "unhealthy";
  }

  /** Ends all probing; containers and their recorded health are unchanged. */
  stop(): void {
    for (const monitor of this.monitors.values()) monitor.stop();
  }

  private watch(container: Container, health: HealthState): void {
    const { config } = container.spec;
    const probe = readProbe(config.healthCheck, config.shell);
    if (!probe) return;
    this.monitors.get(container)?.stop();
    this.parts.store.saveState(container, { health });
    const startedAt = Number((parseTimestamp(container.state.startedAt) ?? 0n) / 1_000_000n);
    const monitor = new HealthMonitor(config.healthCheck ?? {}, startedAt, health, {
      probe: (timeout) => this.probe(container, probe, timeout),
      changed: (_health, statusChanged) => this.changed(container, statusChanged),
    });
    this.monitors.set(container, monitor);
  }

  private probe(container: Container, probe: Probe, timeoutMilliseconds: number): Promise<ProbeOutcome> {
    if (probe.kind === "command") return this.parts.execs.probe(container, probe.words, timeoutMilliseconds);
    const namespace = `/proc/${container.run.process.pid}/ns/net`;
    return probe.kind === "tcp"
      ? probeTcp(namespace, probe.endpoint, timeoutMilliseconds)
      : probeHttp(namespace, probe, timeoutMilliseconds);
  }

  private changed(container: Container, statusChanged: boolean): void {
    const { store, events, log } = this.parts;
    store.saveState(container, {});
    if (!statusChanged) return;
    const status = container.state.health?.status ?? "none";
    publish(events, container, `health_status: ${status}`);
    if (status !== "unhealthy" || !container.spec.hostConfig.restartPolicy.onUnhealthy) return;
    if (container.state.life.status !== "running") return;
    log.info("restarting unhealthy container", { container: container.id });
    this.parts.termination.stop(container, "unhealthy", {}).catch((thrown: unknown) => {
      log.warn("failed to restart unhealthy container", { container: container.id, reason: messageOf(thrown) });
    });
  }
}
