// Parses JSON without losing digits: integers beyond 2^53 become bigints.

interface ReviverContext {
  source?: string;
}

/** @throws SyntaxError */
export function parsePrecisely(text: string): unknown {
  return JSON.parse(text, (_key: string, value: unknown, context?: ReviverContext) => {
    if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
    const source = context?.source ?? "";
    return /^-?\d+$/.test(source) ? BigInt(source) : value;
  });
}
