// Regular expressions that users give in filters and options: Go's RE2 syntax, matched in linear time, so that none can
// hold up the daemon (docs/decisions/0085).
import { BerthError, messageOf } from "../api/errors.ts";

export interface RegularExpression {
  /** Whether it matches anywhere in the text. */
  test(text: string): boolean;
}

/** Names with or without anchors, which is what most filters ask for: JavaScript matches these in linear time too. */
const PLAIN = /^\^?\/?[\w:@ -]*\$?$/;

/** Bounds the size of compiled expressions, and with it the time of a match: a filter is used on every container. */
const MAX_COST = 2000;
const TOO_LARGE = "error parsing regexp: expression too large";

/**
 * Refuses expressions that are too large together. Repetitions are copied when they are compiled, so the length counts
 * once for each of them.
 * @throws BerthError invalidParameter
 */
export function checkPatternSize(sources: readonly string[]): void {
  const cost = sources.reduce((sum, source) => sum + source.length * Math.max(1, repetitionsIn(source)), 0);
  if (cost > MAX_COST) throw new BerthError("invalidParameter", TOO_LARGE);
}

function repetitionsIn(source: string): number {
  return source.matchAll(/\{(\d+)(?:,(\d*))?\}/g).reduce((sum, [, low, high]) => sum + Number(high || low), 0);
}

/** @throws BerthError invalidParameter, "error parsing regexp: …" in Go's words */
export function regularExpression(source: string): RegularExpression {
  if (PLAIN.test(source)) return new RegExp(source);
  checkPatternSize([source]);
  // Loaded when the first such expression comes, because it takes longer to load than most commands take.
  const { RE2JS }: typeof import("re2js") = require("re2js");
  try {
    const compiled = RE2JS.compile(source);
    return { test: (text) => compiled.matcher(text).find() };
  } catch (thrown) {
    throw new BerthError("invalidParameter", messageOf(thrown), thrown);
  }
}
