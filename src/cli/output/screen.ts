// A screen that is drawn anew from its top, in one piece and over what was there, so that it does not flicker.
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

  /** What draws everything that was written. */
  drawing(): string {
    return `${HOME}${this.#text.replaceAll("\n", `${CLEAR_LINE_END}\n`)}${CLEAR_BELOW}`;
  }
}
