// Resolves plain scalars: the core schema of YAML 1.2, plus YAML 1.1's octal numbers for file modes, as Go's parser
// does.
import type { Value } from "./value.ts";

const NULL = /^(?:~|null|Null|NULL)?$/;
const BOOLEAN = /^(?:true|True|TRUE|false|False|FALSE)$/;
const DECIMAL = /^[-+]?(?:0|[1-9][0-9_]*)$/;
const OLD_OCTAL = /^([-+]?)0([0-7_]+)$/;
const PREFIXED = /^([-+]?)(0o[0-7_]+|0x[0-9a-fA-F_]+|0b[01_]+)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?$/;
const INFINITE = /^([-+]?)\.(?:inf|Inf|INF)$/;

const plain = (digits: string): string => digits.replaceAll("_", "");

export function plainValue(text: string): Value {
  // Most scalars are words.
  if (!/^[-+.0-9~nNtTfF]|^$/.test(text)) return text;
  if (NULL.test(text)) return null;
  if (BOOLEAN.test(text)) return text.toLowerCase() === "true";
  if (DECIMAL.test(text)) return Number(plain(text));
  const octal = OLD_OCTAL.exec(text);
  if (octal) return Number.parseInt(`${octal[1]}${plain(octal[2] ?? "")}`, 8);
  const prefixed = PREFIXED.exec(text);
  if (prefixed) return Number(plain(prefixed[2] ?? "")) * (prefixed[1] === "-" ? -1 : 1);
  if (FLOAT.test(text)) return Number(plain(text));
  if (INFINITE.test(text)) return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /^\.(?:nan|NaN|NAN)$/.test(text) ? Number.NaN : text;
}
