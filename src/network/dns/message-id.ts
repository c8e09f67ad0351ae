// The ID of a DNS message: its first two bytes.

export function idOf(message: Uint8Array): number {
  const [high = 0, low = 0] = message;
  return (high << 8) | low;
}

/** A copy of the message with another ID. */
export function withId(message: Uint8Array, id: number): Uint8Array {
  const copy = Uint8Array.from(message);
  copy[0] = id >>> 8;
  copy[1] = id & 0xff;
  return copy;
}
