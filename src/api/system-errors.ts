// Formats system errors as Go's standard library does, as Docker prints them.

/** Bun's format: "ENOTDIR: not a directory, lstat '/etc/passwd/x'". */
const SYSTEM_ERROR = /^E[A-Z0-9]+: (.+?), (\w+)(?: '(.*)')?$/s;

/** "lstat /etc/passwd/x: not a directory"; undefined for other errors. */
export function systemErrorText(error: unknown): string | undefined {
  const [, reason, call, path] = parts(error);
  if (reason === undefined || call === undefined) return undefined;
  return `${call}${path === undefined ? "" : ` ${path}`}: ${reason}`;
}

/** "not a directory"; undefined for other errors. */
export function systemErrorReason(error: unknown): string | undefined {
  return parts(error)[1];
}

function parts(error: unknown): string[] {
  return (error instanceof Error && SYSTEM_ERROR.exec(error.message)) || [];
}
