// Which containers are probed, when, and what follows from it: a monitor runs while its container does, and one that
// finds it unhealthy has it started again where the restart policy says so.
import { messageOf } from "../../../api/errors.ts";
import { parseTimestamp } from "../../../api/time.ts";
import type { Container } from "../container.ts";
import type { ContainerDependencies } from "../dependencies.ts";
import type { Execs } from "../exec/execs.ts";
import type { HealthState } from "../record.ts";
import type { ContainerStore } from "../store.ts";
import { probeHttp, probeTcp } from "./connection-probes.ts";
import { HealthMonitor } from "./monitor.ts";
import { type Probe, type ProbeOutcome, readProbe } from "./probes.ts";

export interface HealthChecksHost extends ContainerDependencies {
  store: ContainerStore<Container>;
  execs: Execs;
  /** Ends the run of an unhealthy container and starts it again as its restart policy says. */
  restartUnhealthy(container: Container): Promise<void>;
}

export class HealthChecks {
  private readonly host: HealthChecksHost;

  constructor(host: HealthChecksHost) {
    this.host = host;
  }

  /** A run has begun: what earlier runs logged stays to be read. */
  begin(container: Container): void {
    const log = container.state.health?.log ?? [];
    this.watch(container, { status: "starting", failingStreak: 0, log });
  }

  /** Goes on with a container that runs already: after a pause, or for a new daemon. */
  resume(container: Container): void {
    this.watch(container, container.state.health ?? { status: "starting", failingStreak: 0, log: [] });
  }

  /** The container is paused or has ended; Docker calls what is not watched unhealthy. */
  end(container: Container): void {
    container.health?.stop();
    container.health = undefined;
    if (container.state.health) container.state.health.status = "unhealthy";
  }

  private watch(container: Container, health: HealthState): void {
    const { config } = container.spec;
    const probe = readProbe(config.Healthcheck, config.Shell);
    if (!probe) return;
    container.health?.stop();
    container.state.health = health;
    this.host.store.saveState(container);
    const startedAt = Number((parseTimestamp(container.state.startedAt) ?? 0n) / 1_000_000n);
    container.health = new HealthMonitor(config.Healthcheck ?? {}, startedAt, health, {
      probe: (timeout) => this.probe(container, probe, timeout),
      changed: (_health, statusChanged) => this.changed(container, statusChanged),
    });
  }

  private probe(container: Container, probe: Probe, timeoutMilliseconds: number): Promise<ProbeOutcome> {
    if (probe.kind === "command") return this.host.execs.probe(container, probe.words, timeoutMilliseconds);
    const namespace = `/proc/${container.process.pid}/ns/net`;
    return probe.kind === "tcp"
      ? probeTcp(namespace, probe.endpoint, timeoutMilliseconds)
      : probeHttp(namespace, probe, timeoutMilliseconds);
  }

  private changed(container: Container, statusChanged: boolean): void {
    const { store, events, log } = this.host;
    store.saveState(container);
    if (!statusChanged) return;
    const status = container.state.health?.status ?? "none";
    events.publish("container", `health_status: ${status}`, container.id, container.eventAttributes());
    if (status !== "unhealthy" || !container.spec.hostConfig.RestartPolicy?.OnUnhealthy) return;
    this.host.restartUnhealthy(container).catch((thrown: unknown) => {
      log.warn("an unhealthy container was not restarted", { container: container.id, reason: messageOf(thrown) });
    });
  }
}
