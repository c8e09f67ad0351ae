// Errors of the operating system in the words of Go's standard library, which Docker's command line prints.

/** Bun's form: "ENOTDIR: not a directory, lstat '/etc/passwd/x'". */
const SYSTEM_ERROR = /^E[A-Z0-9]+: (.+?), (\w+)(?: '(.*)')?$/s;

/** "lstat /etc/passwd/x: not a directory"; undefined for an error that is not the system's. */
export function systemErrorText(error: Error): string | undefined {
  const [, reason, call, path] = SYSTEM_ERROR.exec(error.message) ?? [];
  if (reason === undefined || call === undefined) return undefined;
  return `${call}${path === undefined ? "" : ` ${path}`}: ${reason}`;
}
