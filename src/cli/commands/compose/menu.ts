// The menu in the last line of the terminal while `up` shows container output, and its keyboard shortcuts.
import { windowSize } from "../../../linux/terminal.ts";
import { restoreTerminal, unbufferKeys } from "../../../linux/terminal-modes.ts";
import type { Output } from "../../output/output.ts";

export interface MenuActions {
  /** Ends the command; the containers keep running. */
  detach(): void;
  /** Starts or stops watching and returns whether files are now watched; undefined without a service to watch. */
  toggleWatch: (() => Promise<boolean>) | undefined;
}

const ERROR_MILLISECONDS = 10_000;
const DOCUMENTATION = "https://docs.docker.com/compose/file-watch/";

const SAVE = "\x1b7";
const RESTORE = "\x1b8";
const UP = "\x1b[A";
const ERASE_LINE = "\x1b[K";
const ERASE_BELOW = "\x1b[J";
const at = (row: number): string => `\x1b[${Math.max(1, row)};1H`;

const key = (text: string): string => `\x1b[1;38;2;0;0;0;48;2;255;255;255m${text}\x1b[0m`;
const label = (text: string): string => `\x1b[2m ${text}\x1b[0m`;
const cyan = (text: string, bold = false): string => `\x1b[${bold ? "1;" : ""}36m${text}\x1b[0m`;

/** Rows that a text takes at this width, not counting escape sequences. */
function rowsOf(text: string, columns: number): number {
  const { length } = Bun.stripANSI(text);
  return Math.max(1, Math.ceil(length / Math.max(1, columns)));
}

export class Menu {
  readonly #out: Output;
  readonly #actions: MenuActions;
  readonly #keys = Bun.stdin.stream().getReader();
  #restore: (() => void) | undefined;
  #isWatching: boolean;
  #isShown = true;
  /** Whether the cursor is at the start of a line: the menu must not split a line of output. */
  #isAtLineStart = true;
  #error: string | undefined;
  #errorTimer: ReturnType<typeof setTimeout> | undefined;
  /** Serializes writes and redraws. */
  #drawing: Promise<void> = Promise.resolve();

  constructor(out: Output, actions: MenuActions, isWatching: boolean) {
    this.#out = out;
    this.#actions = actions;
    this.#isWatching = isWatching;
  }

  /** Takes over the terminal's keyboard input and draws the menu. */
  async start(): Promise<void> {
    const state = unbufferKeys(0);
    const restore = (): void => restoreTerminal(0, state);
    process.once("exit", restore);
    this.#restore = () => {
      restore();
      process.removeListener("exit", restore);
    };
    void this.#readKeys();
    await this.#redraw();
  }

  /** Writes output above the menu. */
  write(chunk: string | Uint8Array): Promise<void> {
    return this.#inOrder(async () => {
      if (this.#isShown && this.#isAtLineStart) await this.#out.write(this.#erased());
      await this.#out.write(chunk);
      if (chunk.length > 0) this.#isAtLineStart = Buffer.from(chunk.slice(-1)).toString() === "\n";
      await this.#out.write(this.#drawn());
    });
  }

  /** Removes the menu and releases the keyboard input. */
  async end(): Promise<void> {
    if (!this.#isShown) return;
    clearTimeout(this.#errorTimer);
    await this.#inOrder(async () => {
      if (this.#isAtLineStart) await this.#out.write(this.#erased());
      this.#isShown = false;
    });
    this.#restore?.();
    await this.#keys.cancel();
  }

  #inOrder(work: () => Promise<void>): Promise<void> {
    const done = this.#drawing.then(work);
    this.#drawing = done.catch(() => undefined);
    return done;
  }

  #redraw(): Promise<void> {
    return this.#inOrder(async () => {
      await this.#out.write(`${this.#isShown && this.#isAtLineStart ? this.#erased() : ""}${this.#drawn()}`);
    });
  }

  #erased(): string {
    return `\r${SAVE}${ERASE_BELOW}${RESTORE}`;
  }

  #drawn(): string {
    if (!this.#isShown || !this.#isAtLineStart) return "";
    const { rows, columns } = windowSize(1) ?? { rows: 0, columns: 0 };
    if (rows === 0 || columns === 0) return "";
    const menu = `${key("w")}${label(this.#isWatching ? "Disable Watch" : "Enable Watch")}   ${key("d")}${label("Detach")}`;
    const menuRows = rowsOf(menu, columns);
    const errorRows = this.#error === undefined ? 0 : rowsOf(this.#error, columns);
    // Scrolls the output up until there is room for the menu below the cursor, after an empty line.
    const free = menuRows + errorRows + 1;
    const room = `\r${`${ERASE_LINE}\n`.repeat(free)}\r${UP.repeat(free)}`;
    const error = this.#error === undefined ? "" : `${at(rows - menuRows - errorRows + 1)}${ERASE_LINE}${this.#error}`;
    return `${room}${SAVE}${error}${at(rows - menuRows + 1)}${ERASE_LINE}${menu}${RESTORE}`;
  }

  async #readKeys(): Promise<void> {
    for (let next = await this.#keys.read(); !next.done; next = await this.#keys.read()) {
      for (const character of Buffer.from(next.value).toString()) await this.#press(character);
    }
  }

  async #press(character: string): Promise<void> {
    if (character === "d") {
      await this.end();
      this.#actions.detach();
    } else if (character === "w") {
      await this.#toggleWatch();
    } else if (character === "\r" || character === "\n") {
      await this.write("\n");
    }
  }

  async #toggleWatch(): Promise<void> {
    const { toggleWatch } = this.#actions;
    if (!toggleWatch) {
      await this.#fail("Watch", `watch is not yet configured. Learn more: ${cyan(DOCUMENTATION)}`);
      return;
    }
    try {
      this.#isWatching = await toggleWatch();
      await this.#redraw();
    } catch (thrown) {
      await this.#fail("Watch", thrown instanceof Error ? thrown.message : String(thrown));
    }
  }

  /** Shows a message above the menu for a few seconds. */
  async #fail(subject: string, words: string): Promise<void> {
    this.#error = `${cyan(`${subject} →`, true)}  ${words}`;
    clearTimeout(this.#errorTimer);
    this.#errorTimer = setTimeout(() => {
      this.#error = undefined;
      void this.#redraw();
    }, ERROR_MILLISECONDS);
    await this.#redraw();
  }
}
