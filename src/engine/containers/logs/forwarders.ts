// The containers whose logs are sent elsewhere as they are written.
import { messageOf } from "../../../api/errors.ts";
import type { Log } from "../../../api/log.ts";
import type { Container } from "../container.ts";
import { StartError } from "../life/start-error.ts";
import { logDriver } from "./drivers.ts";
import { SyslogForwarder } from "./syslog/forwarder.ts";

const FAILED_START_CODE = 128;

export class LogForwarders {
  private readonly log: Log;
  private readonly running = new Map<string, SyslogForwarder>();

  constructor(log: Log) {
    this.log = log;
  }

  /** Before a start. @throws StartError when the log has nowhere to go */
  async connect(container: Container): Promise<void> {
    const { Type = "", Config = {} } = container.spec.hostConfig.LogConfig ?? {};
    const { missing, destination } = logDriver(Type);
    const lack = missing?.();
    if (lack !== undefined) throw failed(lack);
    // One that is still sending what an earlier run wrote goes on into the next.
    if (destination !== "syslog" || this.running.has(container.id)) return;
    const forwarder = new SyslogForwarder(container.spec, Config, container.paths.log, this.log);
    await forwarder.connect().catch((thrown: unknown) => {
      throw failed(messageOf(thrown), thrown);
    });
    this.running.set(container.id, forwarder);
  }

  /** Sends what the container writes until it is removed. */
  begin(container: Container): void {
    const forwarder = this.running.get(container.id) ?? this.make(container);
    if (!forwarder || forwarder.isRunning) return;
    const removed = container.removed().then(() => {});
    void forwarder.run(removed).then(() => this.running.delete(container.id));
  }

  stop(): void {
    for (const forwarder of this.running.values()) forwarder.stop();
  }

  private make(container: Container): SyslogForwarder | undefined {
    const { Type = "", Config = {} } = container.spec.hostConfig.LogConfig ?? {};
    if (logDriver(Type).destination !== "syslog") return undefined;
    const forwarder = new SyslogForwarder(container.spec, Config, container.paths.log, this.log);
    this.running.set(container.id, forwarder);
    return forwarder;
  }
}

function failed(reason: string, cause?: unknown): StartError {
  return new StartError("internal", FAILED_START_CODE, `failed to initialize logging driver: ${reason}`, cause);
}
