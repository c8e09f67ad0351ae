// Parses numbers, sizes and durations as Go does, with Go's error messages.
import { parseSize, SizeError } from "../../api/sizes.ts";
import { FlagValueError } from "./flag.ts";

const quote = (text: string): string => JSON.stringify(text);

/** strconv.ParseBool. */
export function parseBoolean(text: string): boolean {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(text)) return true;
  if (["0", "f", "F", "FALSE", "false", "False"].includes(text)) return false;
  throw new FlagValueError(`strconv.ParseBool: parsing ${quote(text)}: invalid syntax`);
}

/** strconv.ParseInt with base 0: 12, -3, 0x1f, 0o17, 1_000. */
export function parseInteger(text: string, least = -(2n ** 63n), most = 2n ** 63n - 1n): number {
  const parser = least < 0n ? "ParseInt" : "ParseUint";
  const sign = least < 0n ? "[+-]?" : "";
  const match = new RegExp(`^(${sign})(0x[0-9a-f_]+|0b[01_]+|0o[0-7_]+|[0-9][0-9_]*)$`, "i").exec(text);
  if (!match) throw new FlagValueError(`strconv.${parser}: parsing ${quote(text)}: invalid syntax`);
  const [, prefix, digits = ""] = match;
  const plain = digits.replaceAll("_", "").toLowerCase();
  const octal = /^0[0-7]+$/.test(plain);
  const magnitude = BigInt(octal ? `0o${plain.slice(1)}` : plain);
  const value = prefix === "-" ? -magnitude : magnitude;
  if (value < least || value > most) {
    throw new FlagValueError(`strconv.${parser}: parsing ${quote(text)}: value out of range`);
  }
  return Number(value);
}

/** A size with Docker's suffixes. In bytes. */
export function parseBytes(text: string): number {
  try {
    return parseSize(text);
  } catch (thrown) {
    throw thrown instanceof SizeError ? new FlagValueError(thrown.message) : thrown;
  }
}

const NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** time.ParseDuration: "1h30m", "1.5s", "300ms". In nanoseconds. */
export function parseDuration(text: string): number {
  const [, sign = "", rest = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === "0") return 0;
  const invalid = (): FlagValueError => new FlagValueError(`time: invalid duration ${quote(text)}`);
  if (rest === "") throw invalid();
  let total = 0;
  let at = 0;
  while (at < rest.length) {
    const [whole = "", number = "", unit = ""] = /^(\d*\.?\d*)([^\d.]*)/.exec(rest.slice(at)) ?? [];
    if (number === "" || number === ".") throw invalid();
    if (unit === "") throw new FlagValueError(`time: missing unit in duration ${quote(text)}`);
    const factor = NANOSECONDS[unit];
    if (factor === undefined) {
      throw new FlagValueError(`time: unknown unit ${quote(unit)} in duration ${quote(text)}`);
    }
    total += Number(number) * factor;
    at += whole.length;
  }
  return Math.round(sign === "-" ? -total : total);
}

/** A number of CPUs ("1.5", "3/4") in billionths. */
export function parseCpus(text: string): number {
  const parts = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:\/(\d+))?$/.exec(text);
  if (!parts) throw new FlagValueError(`failed to parse ${text} as a rational number`);
  const [, numerator, denominator = "1"] = parts;
  const exact = (Number(numerator) / Number(denominator)) * 1e9;
  const nanos = Math.round(exact);
  if (Math.abs(exact - nanos) > 1e-4) throw new FlagValueError("value is too precise");
  return nanos;
}
