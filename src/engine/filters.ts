// The filters of lists, prunes and events. Values of one key are alternatives; different keys must all match,
// and so must all labels.

import { BerthError, isKind } from "../api/errors.ts";
import { splitPair } from "../api/pairs.ts";
import { parseMoment } from "../api/time.ts";
import { checkPatternSize, type RegularExpression, regularExpression } from "./regular-expression.ts";

/** Filter values by key, as a client gave them. */
export type FilterFields = ReadonlyMap<string, readonly string[]>;

export class Filters {
  private readonly fields: FilterFields;
  private readonly expressions = new Map<string, RegularExpression[]>();

  constructor(fields: FilterFields = new Map()) {
    this.fields = fields;
  }

  /** @throws BerthError invalidParameter for a key that is not accepted */
  static of(fields: FilterFields, accepted: readonly string[]): Filters {
    for (const key of fields.keys()) {
      if (!accepted.includes(key)) throw new BerthError("invalidParameter", `invalid filter '${key}'`);
    }
    return new Filters(fields);
  }

  has(key: string): boolean {
    return this.values(key).length > 0;
  }

  values(key: string): readonly string[] {
    return this.fields.get(key) ?? [];
  }

  /** Whether one of the candidates equals a value of the key, or the key has no values. */
  exact(key: string, ...candidates: string[]): boolean {
    return !this.has(key) || this.values(key).some((value) => candidates.includes(value));
  }

  /** As {@link exact}, but a value is a prefix. */
  prefix(key: string, ...candidates: string[]): boolean {
    return !this.has(key) || this.values(key).some((value) => candidates.some((text) => text.startsWith(value)));
  }

  /**
   * As {@link exact}, but the values are unanchored regular expressions too; a malformed one matches nothing.
   * @throws BerthError invalidParameter for expressions that are too large
   */
  pattern(key: string, ...candidates: string[]): boolean {
    if (this.exact(key, ...candidates)) return true;
    return this.expressionsOf(key).some((expression) => candidates.some((text) => expression.test(text)));
  }

  private expressionsOf(key: string): RegularExpression[] {
    const known = this.expressions.get(key);
    if (known) return known;
    checkPatternSize(this.values(key));
    const expressions = this.values(key).flatMap((value) => compile(value) ?? []);
    this.expressions.set(key, expressions);
    return expressions;
  }

  /** Whether every `name` or `name=value` of the key is among the labels. */
  labels(key: string, labels: Readonly<Record<string, string>> | null | undefined): boolean {
    return this.values(key).every((wanted) => {
      const [name, value] = splitPair(wanted);
      const has = labels?.[name];
      return has !== undefined && (value === undefined || has === value);
    });
  }

  /** A single time, in nanoseconds since 1970. @throws BerthError invalidParameter for several or no time */
  moment(key: string): bigint | undefined {
    const [moment, ...more] = this.moments(key);
    if (more.length > 0) throw new BerthError("invalidParameter", `more than one ${key} filter specified`);
    return moment;
  }

  /** Times, in nanoseconds since 1970. @throws BerthError invalidParameter for a value that is no time */
  moments(key: string): bigint[] {
    return this.values(key).map((text) => {
      const moment = parseMoment(text);
      if (moment !== undefined) return moment;
      throw new BerthError("invalidParameter", `failed to parse value as time or duration: "${text}"`);
    });
  }

  /** A boolean ("1", "true", "0", "false"). @throws BerthError invalidParameter for another value or both */
  flag(key: string): boolean | undefined {
    const values = this.values(key);
    if (values.length === 0) return undefined;
    const readings = new Set(values.map((value) => booleans.get(value.toLowerCase())));
    const [reading] = readings;
    if (readings.size > 1 || reading === undefined) {
      throw new BerthError("invalidParameter", `invalid filter '${key}=[${values.join(" ")}]'`);
    }
    return reading;
  }
}

const booleans = new Map([
  ["1", true],
  ["t", true],
  ["true", true],
  ["0", false],
  ["f", false],
  ["false", false],
]);

function compile(source: string): RegularExpression | undefined {
  try {
    return regularExpression(source);
  } catch (thrown) {
    if (isKind(thrown, "invalidParameter")) return undefined;
    throw thrown;
  }
}
