// Identifiers of networks, endpoints and sandboxes: 64 hexadecimal digits.

const ALL_DIGITS = /^\d{12}/;

/** A random ID whose short form is not a number. */
export function newId(): string {
  for (;;) {
    const id = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex");
    if (!ALL_DIGITS.test(id)) return id;
  }
}

export const shortId = (id: string): string => id.slice(0, 12);
