// Text of the form "name=value".

/** Splits at the first "="; the value is undefined without one. */
export function splitPair(text: string): [name: string, value: string | undefined] {
  const equals = text.indexOf("=");
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}

/** The pairs by name; one without "=" has the value "". The last of a name wins. */
export function pairsOf(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const [name, value = ""] = splitPair(text);
      return [name, value];
    }),
  );
}
