// The keys by which a client leaves a terminal without ending what runs in it.
const DEFAULT_KEYS = Uint8Array.of(16, 17);
const DELETE = 127;
const CONTROL_CHARACTERS = "@abcdefghijklmnopqrstuvwxyz[\\]^_";

/** Reads "ctrl-p,ctrl-q" or "a,b" into bytes; empty is the default, undefined what cannot be read. */
export function readDetachKeys(text: string): Uint8Array | undefined {
  if (text === "") return DEFAULT_KEYS;
  const codes = text.split(",").map((key) => {
    if (key.length === 1) return key.charCodeAt(0);
    if (key === "DEL") return DELETE;
    return key.startsWith("ctrl-") && key.length === 6 ? CONTROL_CHARACTERS.indexOf(key.charAt(5)) : -1;
  });
  return codes.includes(-1) ? undefined : Uint8Array.from(codes);
}

/** Looks for the keys in what a client types; what only began like them is passed on when it goes on otherwise. */
export class DetachKeyMatcher {
  private readonly keys: Uint8Array;
  private matched = 0;

  constructor(keys: Uint8Array) {
    this.keys = keys;
  }

  /** What is to be passed on of `input`, and whether the keys were typed. */
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
