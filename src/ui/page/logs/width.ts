// The width of characters in terminal cells: two for East Asian and emoji characters, none for combining marks.
// Source: Unicode Standard Annex 11 (East Asian Width), as far as its wide characters can be expressed by the regular
// expressions of browsers.

const WIDE =
  /\p{Emoji_Presentation}|[\p{scx=Han}\p{scx=Hangul}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Bopomofo}\p{scx=Yi}\u3000\uff01-\uff60\uffe0-\uffe6]/u;
/** Half-width forms of the scripts above, and characters shared with other scripts. */
const HALF_WIDTH = /[\u00b7\uff61-\uffdc\uffe8-\uffee]/;
/** Two of these form one flag. */
const REGIONAL_INDICATOR = /[\u{1f1e6}-\u{1f1ff}]/u;
const JOINED = /\p{Mark}|[\u200b-\u200d\u2060]|[\u{1f3fb}-\u{1f3ff}]/u;
const ZERO_WIDTH_JOINER = 0x200d;
const FIRST_COMBINING = 0x300;
const TAB = 0x09;
const TAB_WIDTH = 8;

/** Whether each character of a text is one cell wide, so that columns are positions in the text. */
export const isEven = (text: string): boolean => !/[^\x20-\x7e\u00a0-\u02ff]/.test(text);

const known = new Map<number, number>();

function widthOf(codePoint: number): number {
  if (codePoint < FIRST_COMBINING) return 1;
  const found = known.get(codePoint);
  if (found !== undefined) return found;
  const character = String.fromCodePoint(codePoint);
  const isWide = WIDE.test(character) && !HALF_WIDTH.test(character) && !REGIONAL_INDICATOR.test(character);
  const width = JOINED.test(character) ? 0 : isWide ? 2 : 1;
  known.set(codePoint, width);
  return width;
}

/** Where to break a text into rows of this many cells, starting with 0. A character is never split. */
export function breaks(text: string, columns: number): number[] {
  const found = [0];
  let column = 0;
  let isJoined = false;
  for (let at = 0; at < text.length; ) {
    const codePoint = text.codePointAt(at) ?? 0;
    const width = codePoint === TAB ? TAB_WIDTH - (column % TAB_WIDTH) : isJoined ? 0 : widthOf(codePoint);
    if (column + width > columns && column > 0) {
      found.push(at);
      column = codePoint === TAB ? TAB_WIDTH : width;
    } else column += width;
    isJoined = codePoint === ZERO_WIDTH_JOINER;
    at += codePoint > 0xffff ? 2 : 1;
  }
  return found;
}

/** Width of a text in cells. */
export function cellsOf(text: string): number {
  let column = 0;
  let isJoined = false;
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    if (codePoint === TAB) column += TAB_WIDTH - (column % TAB_WIDTH);
    else if (!isJoined) column += widthOf(codePoint);
    isJoined = codePoint === ZERO_WIDTH_JOINER;
  }
  return column;
}
