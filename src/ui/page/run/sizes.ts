// Sizes in the syntax of flags: "512m".
const multiples: Readonly<Record<string, number>> = { "": 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** Parses to bytes. @throws Error for an invalid size */
export function memoryOf(text: string): number {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)\s*([bkmgt]?)(?:i?b)?$/i.exec(text) ?? [];
  if (number === undefined) throw new Error(`invalid size: "${text}"`);
  return Math.round(Number(number) * (multiples[unit.toLowerCase()] ?? 1));
}
