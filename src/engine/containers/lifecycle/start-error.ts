// Maps a failed start to Docker's error message, from which clients choose their exit code: 127 for "executable file not
// found" or "no such file or directory", 126 for "permission denied", else 125. The container's own exit code differs in
// one case, as in Docker: it is 127 after "not a directory", and 128 where clients exit with 125.
import { BerthError, type ErrorKind, messageOf } from "../../../api/errors.ts";
import { RuntimeError } from "../../../runtime/runtime-error.ts";

/** A failed start, with the exit code of the container or exec. */
export class StartError extends BerthError {
  readonly exitCode: number;

  constructor(kind: ErrorKind, exitCode: number, message: string, cause: unknown) {
    super(kind, message, cause);
    this.exitCode = exitCode;
  }
}

const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
const FAILED = 128;

/** Docker's message, for any path that is not a directory. */
const WRONG_KIND_HINT =
  "Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type";

/**
 * Maps a failed start to Docker's error message. Errors of the engine itself keep their message; those of the OCI runtime
 * are translated and follow `prefix`.
 * @param command the program that was to be executed
 * @param defaultCode the exit code when the reason implies none
 */
export function startError(thrown: unknown, command: string, prefix: string, defaultCode = FAILED): StartError {
  if (thrown instanceof BerthError && !(thrown instanceof RuntimeError)) {
    return new StartError(thrown.kind, defaultCode, thrown.message, thrown);
  }
  const { exitCode, message } = explain(messageOf(thrown), command, defaultCode);
  const kind = exitCode === defaultCode ? "internal" : "invalidParameter";
  return new StartError(kind, exitCode, `${prefix}${message}`, thrown);
}

function explain(reason: string, command: string, defaultCode: number): { exitCode: number; message: string } {
  const lower = reason.toLowerCase();
  const aboutExecutable = lower.includes("executable") || lower.includes("exec ") || lower.includes("exec:");
  const directory = /chdir `([^`]*)`: no such file or directory/i.exec(reason)?.[1];
  if (directory !== undefined) {
    const message = `chdir to cwd ("${directory}") set in config.json failed: no such file or directory`;
    return { exitCode: NOT_FOUND, message };
  }
  if (aboutExecutable && (command === "" || /not found|no such file/.test(lower))) {
    const detail = command.includes("/")
      ? `stat ${command}: no such file or directory`
      : "executable file not found in $PATH";
    return { exitCode: NOT_FOUND, message: `exec: "${command}": ${detail}` };
  }
  if (aboutExecutable && /is a directory|operation not permitted/.test(lower)) {
    return { exitCode: NOT_EXECUTABLE, message: `exec: "${command}": is a directory: permission denied` };
  }
  if (lower.includes("permission denied")) {
    return { exitCode: NOT_EXECUTABLE, message: `exec: "${command}": permission denied` };
  }
  if (lower.includes("not a directory")) {
    const what = aboutExecutable ? `exec: "${command}": stat ${command}: not a directory` : reason;
    return { exitCode: NOT_FOUND, message: `${what}: ${WRONG_KIND_HINT}` };
  }
  if (lower.includes("no such file or directory")) return { exitCode: NOT_FOUND, message: reason };
  return { exitCode: defaultCode, message: reason };
}
