// Where a command writes: standard output and standard error, written through at once, in order.
// Bun's own writer is used because `process.stdout` alone costs more than the rest of the client's start.
import { isErrno } from "../../linux/errno.ts";
import { isTerminal, windowSize } from "../../linux/terminal.ts";

/** Nobody reads any more (`… | head -1`): the command ends as a program does that is sent SIGPIPE. */
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

  /** Of the terminal, 80 where there is none. */
  get columns(): number {
    return windowSize(this.descriptor)?.columns || DEFAULT_COLUMNS;
  }

  /** Resolves when the bytes are in the kernel's hands, so that a fast producer waits for a slow reader. */
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
