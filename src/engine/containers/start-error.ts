// Why a process could not be started, in the words by which Docker's clients choose their exit code:
// 127 for "executable file not found" or "no such file or directory", 126 for "permission denied", else 128.
import { messageOf } from "../../api/errors.ts";

export interface StartFailure {
  /** What the container or exec keeps as its exit code. */
  exitCode: number;
  message: string;
}

const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
const FAILED = 128;

/** Reads a runtime's complaint. `command` is the word that was to be executed. */
export function explainStartFailure(thrown: unknown, command: string): StartFailure {
  const reason = messageOf(thrown);
  const lower = reason.toLowerCase();
  const aboutExecutable = lower.includes("executable") || lower.includes("exec ") || lower.includes("exec:");
  if (aboutExecutable && /not found|no such file/.test(lower)) {
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
  if (lower.includes("no such file or directory")) return { exitCode: NOT_FOUND, message: reason };
  return { exitCode: FAILED, message: reason };
}
