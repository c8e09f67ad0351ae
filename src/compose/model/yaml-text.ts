// Prints data as YAML. Collections and simple scalars are written here, everything else by js-yaml. Its output is the
// same but takes several times as long, and nearly all of a project's thousands of values are simple.
import { dump } from "js-yaml";

/** Text that needs no quotes: no character has a meaning in YAML. */
const PLAIN = /^[A-Za-z_/](?:[\w./@=+-]|:(?=[\w./@=+-]))*$/;

/** Plain text that YAML 1.1 or 1.2 parses as another type. */
const KEYWORD = /^(?:true|false|yes|no|on|off|null|y|n)$/i;

const DURATION = /^(?:\d+(?:\.\d+)?(?:ns|us|ms|s|m|h))+$/;
const DIGITS = /^\d+$/;

const isPlain = (text: string): boolean => PLAIN.test(text) && !KEYWORD.test(text);

const libraryText = (value: unknown): string =>
  dump(value, { lineWidth: -1, noRefs: true, quoteStyle: "double", skipInvalid: true });

const indented = (text: string, indent: string): string => text.replaceAll(/^(?=.)/gm, indent);

/** A value that fits after its key or dash; undefined when it needs js-yaml or its own lines. */
function inlineText(value: unknown): string | undefined {
  if (typeof value === "string") {
    if (DIGITS.test(value)) return `"${value}"`;
    return isPlain(value) || DURATION.test(value) ? value : undefined;
  }
  if (typeof value === "boolean" || Number.isSafeInteger(value)) return String(value);
  if (typeof value !== "object" || value === null || Object.keys(value).length > 0) return undefined;
  return Array.isArray(value) ? "[]" : "{}";
}

/** Appends the lines of a non-empty value. */
function addLines(lines: string[], value: object, indent: string): void {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    for (const item of value) {
      const text = inlineText(item);
      if (text !== undefined) {
        lines.push(`${indent}- ${text}\n`);
      } else if (typeof item === "object" && item !== null) {
        const first = lines.length;
        addLines(lines, item, inner);
        lines[first] = `${indent}- ${lines[first]?.slice(inner.length)}`;
      } else {
        lines.push(indented(libraryText([item]), indent));
      }
    }
    return;
  }
  const entries = Object.entries(value);
  if (!entries.every(([key]) => isPlain(key))) {
    lines.push(indented(libraryText(value), indent));
    return;
  }
  for (const [key, entry] of entries) {
    const text = inlineText(entry);
    if (text !== undefined) {
      lines.push(`${indent}${key}: ${text}\n`);
    } else if (typeof entry === "object" && entry !== null) {
      lines.push(`${indent}${key}:\n`);
      addLines(lines, entry, inner);
    } else if (entry !== undefined) {
      lines.push(indented(libraryText({ [key]: entry }), indent));
    }
  }
}

export function yamlText(value: unknown): string {
  if (inlineText(value) !== undefined || typeof value !== "object" || value === null) return libraryText(value);
  const lines: string[] = [];
  addLines(lines, value, "");
  return lines.join("");
}
