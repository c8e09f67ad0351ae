// The last lines of a program's output, for error messages.

const MAX_LINES = 10;
const MAX_BYTES = 2048;

/** Keeps at most 10 lines and 2048 characters. */
export class OutputTail {
  readonly #decoder = new TextDecoder();
  #text = "";

  add(chunk: Uint8Array): void {
    this.#text += this.#decoder.decode(chunk, { stream: true });
    const lines = this.#text.split("\n");
    this.#text = lines
      .slice(-MAX_LINES - 1)
      .join("\n")
      .slice(-2 * MAX_BYTES);
  }

  /** Without empty lines; of a line that a progress bar rewrote, only the last version. */
  toString(): string {
    const lines = this.#text
      .split("\n")
      .map((line) => line.replace(/\r+$/, "").split("\r").at(-1) ?? "")
      .filter((line) => line.trim() !== "");
    return lines.slice(-MAX_LINES).join("\n").trim().slice(-MAX_BYTES);
  }
}

/** Prefers standard error over standard output. */
export class OutputTails {
  readonly out = new OutputTail();
  readonly error = new OutputTail();

  toString(): string {
    return String(this.error) || String(this.out);
  }
}
