// A program in a pseudo-terminal, driven like a person would: type, read the screen, resize.
import { type CommandOptions, eventually } from "./command.ts";

export interface TerminalOptions extends CommandOptions {
  columns?: number;
  rows?: number;
}

export class TerminalSession {
  readonly #terminal: Bun.Terminal;
  readonly #process: Bun.Subprocess;
  #output = "";
  #seen = 0;

  constructor(argv: string[], options: TerminalOptions = {}) {
    const decoder = new TextDecoder();
    this.#terminal = new Bun.Terminal({
      cols: options.columns ?? 80,
      rows: options.rows ?? 24,
      data: (_terminal, data) => {
        this.#output += decoder.decode(data, { stream: true });
      },
    });
    // Bun gives the child the terminal but no session in which it is the controlling one, without which neither Ctrl-C
    // nor a change of size becomes a signal.
    this.#process = Bun.spawn(["setsid", "--ctty", "--wait", ...argv], {
      env: { ...process.env, TERM: "xterm", ...options.env },
      cwd: options.cwd,
      terminal: this.#terminal,
    });
  }

  /** Everything it has shown, with the escape sequences. */
  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#process.pid;
  }

  type(text: string): void {
    this.#terminal.write(text);
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
  }

  /** Waits for `pattern` in what came after the last match, and gives the match. */
  async expect(pattern: RegExp | string, deadline = 60_000): Promise<RegExpExecArray> {
    const expression = typeof pattern === "string" ? new RegExp(RegExp.escape(pattern)) : pattern;
    const match = await eventually(
      `${expression}`,
      () => expression.exec(this.#output.slice(this.#seen)) ?? undefined,
      deadline,
    ).catch((thrown: unknown) => {
      throw new Error(`${thrown instanceof Error ? thrown.message : thrown}; the screen:\n${this.#output}`);
    });
    this.#seen += match.index + match[0].length;
    return match;
  }

  /** The exit code, once it has exited and {@link output} is complete; kills it and throws after `deadline` milliseconds. */
  async exited(deadline = 60_000): Promise<number> {
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), deadline);
    const code = await this.#process.exited;
    clearTimeout(timer);
    if (this.#process.signalCode === "SIGKILL")
      throw new Error(`did not end in ${deadline} ms; the screen:\n${this.#output}`);
    await this.#drain();
    return code;
  }

  /** The kernel delivers output with a delay, in order: once the output of another program is here, the rest is too. */
  async #drain(): Promise<void> {
    const end = "end-of-output";
    await Bun.spawn(["printf", "%s", end], { terminal: this.#terminal }).exited;
    await eventually("the rest of the output", () => this.#output.includes(end));
    this.#output = this.#output.replace(end, "");
  }

  async dispose(): Promise<void> {
    if (this.#process.exitCode === null) this.#process.kill("SIGKILL");
    await this.#process.exited;
    this.#terminal.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}
