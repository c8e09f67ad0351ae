// The key sequence that leaves a container running: read from its notation, and found in what is typed.
import { CommandError } from "../failure.ts";

export const DEFAULT_DETACH_KEYS = "ctrl-p,ctrl-q";

const CONTROL_SIGNS: Readonly<Record<string, number>> = { "@": 0, "[": 27, "\\": 28, "]": 29, "^": 30, _: 31 };

function keyCode(key: string): number {
  if (key.length === 1) return key.charCodeAt(0);
  if (key.toUpperCase() === "DEL") return 127;
  const control = /^ctrl-(.)$/i.exec(key)?.[1]?.toLowerCase() ?? "";
  if (/^[a-z]$/.test(control)) return control.charCodeAt(0) - 96;
  const code = CONTROL_SIGNS[control];
  if (code === undefined) throw new CommandError(`Unknown character: '${key}'`);
  return code;
}

/** "ctrl-p,ctrl-q" as the bytes a terminal sends. @throws CommandError */
export function parseDetachKeys(keys: string): number[] {
  return (keys || DEFAULT_DETACH_KEYS).split(",").map(keyCode);
}

/** Looks for the sequence across chunks; what only began like it is handed on when it turns out to be something else. */
export class DetachFilter {
  readonly #keys: readonly number[];
  #matched = 0;

  constructor(keys: readonly number[]) {
    this.#keys = keys;
  }

  /** What to hand on of `chunk`, and whether the sequence was completed in it. */
  feed(chunk: Uint8Array): { forward: Uint8Array; detached: boolean } {
    if (this.#keys.length === 0) return { forward: chunk, detached: false };
    const forward: number[] = [];
    for (const byte of chunk) {
      if (byte !== this.#keys[this.#matched]) {
        forward.push(...this.#keys.slice(0, this.#matched));
        this.#matched = 0;
      }
      if (byte !== this.#keys[this.#matched]) {
        forward.push(byte);
        continue;
      }
      this.#matched++;
      if (this.#matched === this.#keys.length) return { forward: Uint8Array.from(forward), detached: true };
    }
    return { forward: Uint8Array.from(forward), detached: false };
  }
}
