// Sizes as Docker reads them. Source: RAMInBytes and FromHumanSize of go-units.

const POWERS: Readonly<Record<string, number>> = { k: 1, m: 2, g: 3, t: 4, p: 5 };

/** What is wrong with a size, in the words of Go's packages. */
export class SizeError extends Error {}

/**
 * "512", "64m", "1.5 GiB" in bytes, rounded down.
 * @param unit the value of "k": 1024 for nearly all of Docker's sizes, 1000 for those of log files
 * @throws SizeError
 */
export function parseSize(text: string, unit: 1000 | 1024 = 1024): number {
  const separator = Math.max(...Array.from("0123456789. ", (character) => text.lastIndexOf(character)));
  if (separator < 0) throw new SizeError(`invalid size: '${text}'`);
  const number = text[separator] === " " ? text.slice(0, separator) : text.slice(0, separator + 1);
  const suffix = text.slice(separator + 1).toLowerCase();
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(number)) {
    throw new SizeError(`strconv.ParseFloat: parsing ${JSON.stringify(number)}: invalid syntax`);
  }
  const size = Number(number);
  if (size < 0) throw new SizeError(`invalid size: '${text}'`);
  if (suffix === "" || suffix === "b") return Math.trunc(size);
  const power = POWERS[suffix.charAt(0)];
  if (power === undefined || !["", "b", "ib"].includes(suffix.slice(1))) {
    throw new SizeError(`invalid suffix: '${text.slice(separator + 1)}'`);
  }
  return Math.trunc(size * unit ** power);
}
