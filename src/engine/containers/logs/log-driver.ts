// The log driver interface. A driver is an object in its own file below drivers/, listed in drivers.ts.
import type { Log } from "../../../api/log.ts";
import type { ContainerSpec } from "../record.ts";
import type { LogLimits } from "./limits.ts";
import type { LogOptions } from "./options.ts";

export interface LogDriver {
  /** The value of `--log-driver`. */
  name: string;
  /** Supported options besides those of every driver. */
  options: readonly string[];
  /** Docker's message for an unsupported option, if it differs from the usual one. */
  unknownOption?(name: string): string;
  /** @throws BerthError invalidParameter */
  check?(options: LogOptions): void;
  /** The reason why this host does not support it; undefined when it does. */
  missing?(): string | undefined;
  /** Local storage: the monitor's own files, a file in Docker's JSON format, or none. */
  storage: "monitor" | "json-file" | "none";
  /** The size limits of local storage. @throws BerthError invalidParameter */
  limits(options: LogOptions): LogLimits;
  /** Whether the monitor also writes to journald. */
  monitorJournal?: true;
  /** Forwards the log, from the local files. */
  forwarder?(source: ForwarderSource): LogForwarder;
}

export interface ForwarderSource {
  spec: ContainerSpec;
  options: LogOptions;
  /** The monitor's file. */
  path: string;
  log: Log;
}

export interface LogForwarder {
  readonly isRunning: boolean;
  /** Called before a start, so that an unreachable destination fails it. @throws Error */
  connect(): Promise<void>;
  /** Forwards existing and new output, until `ended` and everything is sent; never rejects. */
  run(ended: Promise<void>): Promise<void>;
  stop(): void;
}
