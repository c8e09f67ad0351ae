// Errors by the name of their errno, whether they are from Node, Bun or a system call of this room.

/** The `code` of an error, "ENOENT"; undefined for what has none. */
export function errorCode(thrown: unknown): string | undefined {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}

/** Whether an error has one of these codes. */
export function isErrno(thrown: unknown, ...codes: readonly string[]): boolean {
  const code = errorCode(thrown);
  return code !== undefined && codes.includes(code);
}
