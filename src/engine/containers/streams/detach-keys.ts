// The key sequence that detaches a client from a terminal.
const DEFAULT_KEYS = Uint8Array.of(16, 17);
const DELETE = 127;
const CONTROL_CHARACTERS = "@abcdefghijklmnopqrstuvwxyz[\\]^_";

/** Parses "ctrl-p,ctrl-q" or "a,b"; "" is the default. Undefined for an invalid sequence. */
export function readDetachKeys(text: string): Uint8Array | undefined {
  if (text === "") return DEFAULT_KEYS;
  const codes = text.split(",").map((key) => {
    if (key.length === 1) return key.charCodeAt(0);
    if (key === "DEL") return DELETE;
    return key.startsWith("ctrl-") && key.length === 6 ? CONTROL_CHARACTERS.indexOf(key.charAt(5)) : -1;
  });
  return codes.includes(-1) ? undefined : Uint8Array.from(codes);
}

/** Finds the sequence in what a client types. A partial match is passed on when the sequence is not completed. */
export class DetachKeyMatcher {
  private readonly keys: Uint8Array;
  private matched = 0;

  constructor(keys: Uint8Array) {
    this.keys = keys;
  }

  /** The part of `input` to pass on, and whether the sequence was typed. */
  feed(input: Uint8Array): { passed: Uint8Array; detached: boolean } {
    const passed: number[] = [];
    for (const byte of input) {
      if (byte !== this.keys[this.matched]) {
        passed.push(...this.keys.subarray(0, this.matched));
        this.matched = 0;
      }
      if (byte !== this.keys[this.matched]) passed.push(byte);
      else if (++this.matched === this.keys.length) return { passed: Uint8Array.from(passed), detached: true };
    }
    return { passed: Uint8Array.from(passed), detached: false };
  }
}
