// Lines of comma-separated values, as flags and build attributes have them.
import { BerthError } from "./errors.ts";

/** The fields of a line; quoted ones may contain commas (RFC 4180). @throws BerthError invalidParameter */
export function csvFields(line: string): string[] {
  if (line === "") return [];
  const fields: string[] = [];
  const expression = /(?:"((?:[^"]|"")*)"|([^,]*))(,|$)/gy;
  for (;;) {
    const match = expression.exec(line);
    if (match === null) throw new BerthError("invalidParameter", `malformed list: ${line}`);
    const [, quoted, plain = "", separator] = match;
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (separator === "") return fields;
  }
}
