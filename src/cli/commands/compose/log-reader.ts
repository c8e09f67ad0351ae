// Prints the logs of containers.
import { ApiError } from "../../../client/index.ts";
import type { Engine } from "../../../compose/project/engine.ts";
import type { ObservedContainer } from "../../../compose/project/observed.ts";
import type { LogLines } from "./log-lines.ts";

/** What to read of a log. */
export interface LogSelection {
  timestamps: boolean;
  tail: string;
  since: string | undefined;
  until: string | undefined;
}

const GONE = 404;
/** The log driver cannot be read. */
const NOT_IMPLEMENTED = 501;

export class LogReader {
  readonly #engine: Engine;
  readonly #lines: LogLines;
  readonly #warn: (message: string) => void;

  constructor(engine: Engine, lines: LogLines, warn: (message: string) => void) {
    this.#engine = engine;
    this.#lines = lines;
    this.#warn = warn;
  }

  /** Prints a log, with `follow` until the container exits. A log that cannot be read is only warned of. */
  async show(container: ObservedContainer, selection: LogSelection & { follow: boolean }): Promise<void> {
    try {
      for await (const frame of this.#engine.containers.logs(container.id, selection)) {
        await this.#lines.frame(container, frame);
      }
    } catch (thrown) {
      if (!(thrown instanceof ApiError)) throw thrown;
      if (thrown.status === NOT_IMPLEMENTED) {
        this.#warn(`Can't retrieve logs for ${JSON.stringify(container.name)}: ${thrown.message}`);
      } else if (thrown.status !== GONE) throw thrown;
    }
    await this.#lines.end(container);
  }
}
