// Health checks: the probe of the image or of `--health-cmd`, run by exec at its intervals while the container runs.
// Source: Docker's timings, each in nanoseconds, 0 standing for the default.
import type { HealthConfig, HealthcheckResult } from "../../../api/containers.ts";
import { timestampNow } from "../../../api/time.ts";
import type { HealthState } from "../record.ts";

const NANOSECONDS_PER_MILLISECOND = 1_000_000;
const DEFAULT_INTERVAL = 30_000;
const DEFAULT_TIMEOUT = 30_000;
const DEFAULT_START_INTERVAL = 5_000;
const DEFAULT_RETRIES = 3;
const KEPT_RESULTS = 5;

/** What the probe's process did: its exit code and the beginning of its output; code -1 when it took too long. */
export interface ProbeOutcome {
  exitCode: number;
  output: string;
}

export interface HealthHost {
  /** Runs the probe's words and ends it after the timeout. */
  probe(words: string[], timeoutMilliseconds: number): Promise<ProbeOutcome>;
  /** Called with every change of the health, to save and announce it. */
  changed(health: HealthState, statusChanged: boolean): void;
}

/** The words to run, or undefined when the container has no health check. */
export function probeWords(
  config: HealthConfig | undefined,
  shell: readonly string[] | undefined,
): string[] | undefined {
  const [kind, ...rest] = config?.Test ?? [];
  if (kind === "CMD") return rest;
  if (kind === "CMD-SHELL") return [...(shell ?? ["/bin/sh", "-c"]), ...rest];
  return undefined;
}

export class HealthMonitor {
  private readonly words: string[];
  private readonly config: HealthConfig;
  private readonly host: HealthHost;
  private readonly startedAt: number;
  private readonly health: HealthState;
  private timer: Timer | undefined;
  private stopped = false;

  /** @param health of an earlier life of the daemon, to go on from. */
  constructor(words: string[], config: HealthConfig, host: HealthHost, health?: HealthState) {
    this.words = words;
    this.config = config;
    this.host = host;
    this.startedAt = performance.now();
    this.health = health ?? { status: "starting", failingStreak: 0, log: [] };
    this.schedule();
  }

  get current(): HealthState {
    return this.health;
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private schedule(): void {
    if (!this.stopped) this.timer = setTimeout(() => void this.check(), this.interval());
  }

  private interval(): number {
    const { StartInterval, Interval } = this.config;
    if (this.health.status === "starting" && this.inStartPeriod()) {
      return milliseconds(StartInterval, DEFAULT_START_INTERVAL);
    }
    return milliseconds(Interval, DEFAULT_INTERVAL);
  }

  private inStartPeriod(): boolean {
    return performance.now() - this.startedAt < milliseconds(this.config.StartPeriod, 0);
  }

  private async check(): Promise<void> {
    const Start = timestampNow();
    const outcome = await this.host
      .probe(this.words, milliseconds(this.config.Timeout, DEFAULT_TIMEOUT))
      .catch((thrown: unknown) => ({ exitCode: -1, output: String(thrown) }));
    if (this.stopped) return;
    this.record({ Start, End: timestampNow(), ExitCode: outcome.exitCode, Output: outcome.output });
    this.schedule();
  }

  private record(result: HealthcheckResult): void {
    const { health } = this;
    const before = health.status;
    health.log = [...health.log, result].slice(-KEPT_RESULTS);
    if (result.ExitCode === 0) {
      health.failingStreak = 0;
      health.status = "healthy";
    } else if (health.status !== "starting" || !this.inStartPeriod()) {
      health.failingStreak++;
      if (health.failingStreak >= (this.config.Retries || DEFAULT_RETRIES)) health.status = "unhealthy";
    }
    this.host.changed(health, health.status !== before);
  }
}

function milliseconds(nanoseconds: number | undefined, otherwise: number): number {
  return nanoseconds ? nanoseconds / NANOSECONDS_PER_MILLISECOND : otherwise;
}
