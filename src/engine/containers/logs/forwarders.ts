// Forwards the logs of containers with a forwarding driver.
import { messageOf } from "../../../api/errors.ts";
import type { Log } from "../../../api/log.ts";
import type { Container } from "../container.ts";
import { StartError } from "../lifecycle/start-error.ts";
import { logDriver } from "./drivers.ts";
import type { LogForwarder } from "./log-driver.ts";

const FAILED_START_CODE = 128;

export class LogForwarders {
  private readonly log: Log;
  private readonly running = new Map<string, LogForwarder>();
  /** Containers that were started while the rest of an earlier run is being forwarded. */
  private readonly due = new Set<string>();

  constructor(log: Log) {
    this.log = log;
  }

  /** Called before a start. @throws StartError when the destination cannot be reached */
  async connect(container: Container): Promise<void> {
    const missing = logDriver(container.spec.hostConfig.log.driver).missing?.();
    if (missing !== undefined) throw failed(missing);
    // A forwarder that still sends the output of an earlier run continues with this one.
    if (this.running.has(container.id)) return;
    const forwarder = this.make(container);
    await forwarder?.connect().catch((thrown: unknown) => {
      throw failed(messageOf(thrown), thrown);
    });
    if (forwarder) this.running.set(container.id, forwarder);
  }

  /** Forwards until the container is removed. */
  begin(container: Container): void {
    this.due.add(container.id);
    const removed = container.removed().then(() => {});
    this.run(container, removed);
  }

  /** Forwards the rest of a finished run, unless that is in progress: an earlier daemon may not have finished it. */
  finish(container: Container): void {
    this.run(container, Promise.resolve());
  }

  stop(): void {
    for (const forwarder of this.running.values()) forwarder.stop();
  }

  private run(container: Container, ended: Promise<void>): void {
    const { id } = container;
    const forwarder = this.running.get(id) ?? this.make(container);
    if (!forwarder || forwarder.isRunning) return;
    this.running.set(id, forwarder);
    const isWhole = this.due.delete(id);
    void forwarder.run(ended).then(() => {
      this.running.delete(id);
      const isDue = this.due.delete(id);
      if (isDue && !isWhole) this.begin(container);
    });
  }

  private make({ spec, paths }: Container): LogForwarder | undefined {
    const { driver, options } = spec.hostConfig.log;
    return logDriver(driver).forwarder?.({ spec, options, path: paths.log, log: this.log });
  }
}

function failed(reason: string, cause?: unknown): StartError {
  return new StartError("internal", FAILED_START_CODE, `failed to initialize logging driver: ${reason}`, cause);
}
