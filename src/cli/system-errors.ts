// Formats system errors as Go's standard library does, as Docker's command prints them.

/** Bun's format: "ENOTDIR: not a directory, lstat '/etc/passwd/x'". */
const SYSTEM_ERROR = /^E[A-Z0-9]+: (.+?), (\w+)(?: '(.*)')?$/s;

/** "lstat /etc/passwd/x: not a directory"; undefined for other errors. */
export function systemErrorText(error: Error): string | undefined {
  const [, reason, call, path] = SYSTEM_ERROR.exec(error.message) ?? [];
  if (reason === undefined || call === undefined) return undefined;
  return `${call}${path === undefined ? "" : ` ${path}`}: ${reason}`;
}
