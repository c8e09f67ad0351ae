// The log driver interface. A driver is an object in its own file below drivers/ and a line in the registry (drivers.ts).
import type { Log } from "../../../api/log.ts";
import type { ContainerSpec } from "../record.ts";
import type { LogLimits } from "./limits.ts";
import type { LogOptions } from "./options.ts";

export interface LogDriver {
  /** The word of `--log-driver`. */
  name: string;
  /** The options it takes besides those of every driver. */
  options: readonly string[];
  /** Docker's sentence about an option it does not take, where it is not the usual one. */
  unknownOption?(name: string): string;
  /** @throws BerthError invalidParameter */
  check?(options: LogOptions): void;
  /** What the host lacks for it; undefined when it can be used. */
  missing?(): string | undefined;
  /** What is kept on this host: the monitor's own files, a file in Docker's JSON format, or nothing. */
  storage: "monitor" | "json-file" | "none";
  /** How much of that is kept. @throws BerthError invalidParameter */
  limits(options: LogOptions): LogLimits;
  /** Whether the monitor writes to the host's journal as well. */
  monitorJournal?: true;
  /** Sends the log elsewhere, from the file that is kept. */
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
  /** Before a start, so that a destination that is not there fails it. @throws Error */
  connect(): Promise<void>;
  /** Sends what is there and what comes, until `ended` and all of it is sent; never rejects. */
  run(ended: Promise<void>): Promise<void>;
  stop(): void;
}
