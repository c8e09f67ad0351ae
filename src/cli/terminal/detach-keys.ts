// Detach keys: parses the sequence and detects it in the input.
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

/** The bytes that a terminal sends for "ctrl-p,ctrl-q". @throws CommandError */
export function parseDetachKeys(keys: string): number[] {
  return (keys || DEFAULT_DETACH_KEYS).split(",").map(keyCode);
}

export function areDetachKeys(keys: string): boolean {
  try {
    parseDetachKeys(keys);
    return true;
  } catch {
    return false;
  }
}

/** Detects the sequence across chunks; holds back a partial match and passes it on if the match fails. */
export class DetachFilter {
  readonly #keys: readonly number[];
  #matched = 0;

  constructor(keys: readonly number[]) {
    this.#keys = keys;
  }

  /** Returns what to pass on of `chunk`, and whether the sequence is complete. */
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
