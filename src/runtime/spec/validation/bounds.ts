// Checks the numbers of a request against the bounds in the tables of options.
import { fieldName, type OptionTable } from "../../../api/container-options.ts";
import { BerthError } from "../../../api/errors.ts";

/** @param fields of a configuration. @throws BerthError invalidParameter in Docker's words */
export function checkBounds(table: OptionTable, fields: Readonly<Record<string, unknown>>): void {
  for (const [field, { bounds }] of Object.entries(table)) {
    const value = fields[fieldName(field)];
    if (bounds === undefined || typeof value !== "number") continue;
    const { least = -Infinity, most = Infinity, zeroIsUnset = false, refusal } = bounds;
    if ((zeroIsUnset && value === 0) || (value >= least && value <= most)) continue;
    throw new BerthError("invalidParameter", refusal.replace("{}", String(value)));
  }
}
