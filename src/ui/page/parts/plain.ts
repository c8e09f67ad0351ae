// Texts from elsewhere, without the characters that change how the text around them is read.

/** Embeddings, overrides and isolates of writing direction. Source: Unicode Standard Annex 9, table 3. */
const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/g;

/** For text that is part of a sentence or of a line: it cannot reverse what follows it. */
export const withoutDirections = (text: string): string => text.replace(DIRECTIONS, "");

/** For the names of downloads: no path, nothing invisible. */
export const fileName = (text: string): string => text.replace(/[\p{Cc}\p{Cf}/\\]/gu, "_");
