// containerd's filter syntax, used for the build cache and the history: "type==regular,inuse". List entries are ORed,
// conditions within one are ANDed. https://github.com/containerd/containerd/blob/main/pkg/filters/filter.go

import { csvFields } from "../../api/csv.ts";
import { BerthError } from "../../api/errors.ts";
import { regularExpression } from "../../engine/index.ts";

/** The value of a field; undefined when absent. A flag that is set has the value "". */
export type Fields = (name: string) => string | undefined;

type Condition = (fields: Fields) => boolean;

/** Whether any of the filters matches; no filters match everything. @throws BerthError invalidParameter */
export function filterOf(filters: readonly string[]): Condition {
  const alternatives = filters.map((filter) => csvFields(filter).map(conditionOf));
  if (alternatives.length === 0) return () => true;
  return (fields) => alternatives.some((conditions) => conditions.every((holds) => holds(fields)));
}

function conditionOf(text: string): Condition {
  const [, name = "", operator = "", quoted = ""] = /^([A-Za-z.]+)(?:(==|!=|~=|<=|>=|<|>)(.*))?$/s.exec(text) ?? [];
  if (name === "") throw new BerthError("invalidParameter", `invalid filter "${text}"`);
  const value = /^".*"$/s.test(quoted) ? quoted.slice(1, -1) : quoted;
  switch (operator) {
    case "":
      return (fields) => fields(name) !== undefined;
    case "==":
      return (fields) => fields(name) === value;
    case "!=":
      return (fields) => fields(name) !== value;
    case "~=": {
      const expression = regularExpression(value);
      return (fields) => expression.test(fields(name) ?? "");
    }
    default:
      // Clients compare times and durations themselves.
      return () => true;
  }
}
