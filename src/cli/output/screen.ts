// Redraws the screen from its top in one write, without clearing it first, to avoid flicker.
import { Output } from "./output.ts";

const HOME = "\x1b[H";
const CLEAR_LINE_END = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

export class Screen extends Output {
  #text = "";

  constructor() {
    super(1);
  }

  override async write(chunk: string): Promise<void> {
    this.#text += chunk;
  }

  /** Draws everything written so far. */
  drawing(): string {
    return `${HOME}${this.#text.replaceAll("\n", `${CLEAR_LINE_END}\n`)}${CLEAR_BELOW}`;
  }
}
