// Signals by name and number, as Docker reads them: "KILL", "SIGKILL", "9", "RTMIN+3".
import { constants } from "node:os";
import { BerthError } from "../api/errors.ts";

const REAL_TIME_MINIMUM = 34;
const REAL_TIME_MAXIMUM = 64;

const numberOfName = new Map(
  Object.entries(constants.signals).map(([name, number]) => [name.slice("SIG".length), number]),
);

/** @throws BerthError invalidParameter, "invalid signal: x". */
export function signalNumber(text: string): number {
  if (/^\d+$/.test(text)) {
    const number = Number(text);
    if (number > 0 && number <= REAL_TIME_MAXIMUM) return number;
  }
  const name = text.toUpperCase().replace(/^SIG/, "");
  const named = numberOfName.get(name) ?? realTime(name);
  if (named === undefined) throw new BerthError("invalidParameter", `invalid signal: ${text}`);
  return named;
}

function realTime(name: string): number | undefined {
  const parts = /^RT(MIN|MAX)(?:([+-])(\d+))?$/.exec(name);
  if (!parts) return undefined;
  const [, base, sign, offset = "0"] = parts;
  const number = (base === "MIN" ? REAL_TIME_MINIMUM : REAL_TIME_MAXIMUM) + (sign === "-" ? -1 : 1) * Number(offset);
  return number >= REAL_TIME_MINIMUM && number <= REAL_TIME_MAXIMUM ? number : undefined;
}

export const SIGKILL = constants.signals.SIGKILL;
