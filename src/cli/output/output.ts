// Output streams of a command: unbuffered standard output and standard error, in order. Uses Bun's writer because
// loading `process.stdout` takes longer than the rest of the client's start.
import { isErrno } from "../../linux/errno.ts";
import { isTerminal, windowSize } from "../../linux/terminal.ts";

/** EPIPE (`… | head -1`): the command ends as if killed by SIGPIPE. */
export class BrokenPipeError extends Error {}

export const BROKEN_PIPE_EXIT_CODE = 141;

const DEFAULT_COLUMNS = 80;

export class Output {
  readonly descriptor: 1 | 2;
  #writer: ReturnType<typeof Bun.stdout.writer> | undefined;
  #terminal: boolean | undefined;

  constructor(descriptor: 1 | 2) {
    this.descriptor = descriptor;
  }

  get isTerminal(): boolean {
    this.#terminal ??= isTerminal(this.descriptor);
    return this.#terminal;
  }

  /** Width of the terminal; 80 without one. */
  get columns(): number {
    return windowSize(this.descriptor)?.columns || DEFAULT_COLUMNS;
  }

  /** Resolves when the kernel has accepted the data, so that a fast producer waits for a slow reader. */
  async write(chunk: string | Uint8Array): Promise<void> {
    this.#writer ??= (this.descriptor === 1 ? Bun.stdout : Bun.stderr).writer();
    try {
      this.#writer.write(chunk);
      await this.#writer.flush();
    } catch (thrown) {
      if (isErrno(thrown, "EPIPE")) throw new BrokenPipeError();
      throw thrown;
    }
  }

  line(text: string): Promise<void> {
    return this.write(`${text}\n`);
  }
}
