// Escapes JSON strings exactly as Docker's json-file driver does. Source: moby's jsonlog/jsonlogbytes.go.

const HEX = Buffer.from("0123456789abcdef");
const BACKSLASH = 0x5c;
const LETTER_N = 0x6e;
const LETTER_R = 0x72;
const REPLACEMENT = Buffer.from("\\ufffd");
/** The longest escape sequence of one byte. */
export const MAX_GROWTH = 6;

/** Bytes that need no escape. */
const plain = new Uint8Array(256);
for (let byte = 0x20; byte < 0x80; byte++) plain[byte] = 1;
for (const character of '\\"<>&') plain[character.charCodeAt(0)] = 0;

/**
 * Writes the escaped bytes of `content` from `start` to `end` to `output` at `at`, which must have room for
 * {@link MAX_GROWTH} times their length.
 * @returns the offset after the output
 */
export function writeEscaped(output: Uint8Array, at: number, content: Uint8Array, start: number, end: number): number {
  let position = at;
  for (let index = start; index < end; ) {
    const byte = content[index] ?? 0;
    if (plain[byte] === 1) {
      output[position++] = byte;
      index++;
    } else if (byte < 0x80) {
      position = writeControl(output, position, byte);
      index++;
    } else {
      const length = runeLength(content, index, end);
      position = writeRune(output, position, content, index, length);
      index += Math.max(length, 1);
    }
  }
  return position;
}

function writeControl(output: Uint8Array, at: number, byte: number): number {
  output[at] = BACKSLASH;
  const short = byte === 0x0a ? LETTER_N : byte === 0x0d ? LETTER_R : byte === BACKSLASH || byte === 0x22 ? byte : 0;
  if (short !== 0) {
    output[at + 1] = short;
    return at + 2;
  }
  output.set([0x75, 0x30, 0x30, HEX[byte >> 4] ?? 0, HEX[byte & 15] ?? 0], at + 1);
  return at + 6;
}

function writeRune(output: Uint8Array, at: number, content: Uint8Array, index: number, length: number): number {
  if (length === 0) {
    output.set(REPLACEMENT, at);
    return at + REPLACEMENT.length;
  }
  const third = content[index + 2] ?? 0;
  // U+2028 and U+2029 are line terminators in JavaScript.
  if (length === 3 && content[index] === 0xe2 && content[index + 1] === 0x80 && (third & 0xfe) === 0xa8) {
    output.set([BACKSLASH, 0x75, 0x32, 0x30, 0x32, HEX[third & 15] ?? 0], at);
    return at + 6;
  }
  for (let offset = 0; offset < length; offset++) output[at + offset] = content[index + offset] ?? 0;
  return at + length;
}

/** The length of the UTF-8 sequence at `index`; 0 for an invalid one, of which Go replaces one byte. */
function runeLength(content: Uint8Array, index: number, end: number): number {
  const first = content[index] ?? 0;
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length === 0 || index + length > end) return 0;
  const second = content[index + 1] ?? 0;
  // Overlong forms, surrogates and code points above U+10FFFF are invalid.
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return 0;
  for (let offset = 2; offset < length; offset++) {
    if (((content[index + offset] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}
