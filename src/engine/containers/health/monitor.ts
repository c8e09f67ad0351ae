// The health of one running container: probes it at its intervals and records the results. Timings are those of Docker, in
// nanoseconds; 0 means the default.

import { messageOf } from "../../../api/errors.ts";
import { timestampNow } from "../../../api/time.ts";
import type { HealthCheck } from "../configuration/container-configuration.ts";
import type { HealthState, ProbeResult } from "../record.ts";
import type { ProbeOutcome } from "./probes.ts";

const NANOSECONDS_PER_MILLISECOND = 1_000_000;
const DEFAULT_INTERVAL = 30_000;
const DEFAULT_TIMEOUT = 30_000;
const DEFAULT_START_INTERVAL = 5_000;
const DEFAULT_RETRIES = 3;
const KEPT_RESULTS = 5;

export interface HealthHost {
  /** Probes the container once. */
  probe(timeoutMilliseconds: number): Promise<ProbeOutcome>;
  /** Called after every probe, to save and publish the health. */
  changed(health: HealthState, statusChanged: boolean): void;
}

export class HealthMonitor {
  private readonly config: HealthCheck;
  private readonly startedAt: number;
  private readonly health: HealthState;
  private readonly host: HealthHost;
  private timer: Timer | undefined;
  private stopped = false;

  /**
   * @param startedAt milliseconds since 1970; the start of the start period
   * @param health the state to continue from; changed in place
   */
  constructor(config: HealthCheck, startedAt: number, health: HealthState, host: HealthHost) {
    this.config = config;
    this.startedAt = startedAt;
    this.health = health;
    this.host = host;
    this.schedule();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private schedule(): void {
    if (!this.stopped) this.timer = setTimeout(() => void this.check(), this.interval());
  }

  private interval(): number {
    const { startInterval, interval } = this.config;
    if (this.health.status === "starting" && this.inStartPeriod()) {
      return milliseconds(startInterval, DEFAULT_START_INTERVAL);
    }
    return milliseconds(interval, DEFAULT_INTERVAL);
  }

  private inStartPeriod(): boolean {
    return Date.now() - this.startedAt < milliseconds(this.config.startPeriod, 0);
  }

  private async check(): Promise<void> {
    const start = timestampNow();
    const outcome = await this.host
      .probe(milliseconds(this.config.timeout, DEFAULT_TIMEOUT))
      .catch((thrown: unknown) => ({ exitCode: -1, output: messageOf(thrown) }));
    if (this.stopped) return;
    this.record({ start, end: timestampNow(), exitCode: outcome.exitCode, output: outcome.output });
    this.schedule();
  }

  private record(result: ProbeResult): void {
    const { health } = this;
    const before = health.status;
    health.log = [...health.log, result].slice(-KEPT_RESULTS);
    if (result.exitCode === 0) {
      health.failingStreak = 0;
      health.status = "healthy";
    } else if (health.status !== "starting" || !this.inStartPeriod()) {
      health.failingStreak++;
      if (health.failingStreak >= (this.config.retries || DEFAULT_RETRIES)) health.status = "unhealthy";
    }
    this.host.changed(health, health.status !== before);
  }
}

function milliseconds(nanoseconds: number | undefined, otherwise: number): number {
  return nanoseconds ? nanoseconds / NANOSECONDS_PER_MILLISECOND : otherwise;
}
