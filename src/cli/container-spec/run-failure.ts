// How `run` and `create` say that something failed, and with which exit code.
import { CommandError } from "../failure.ts";
import { failureText } from "../report.ts";

const ENGINE_FAILURE = 125;
const CANNOT_EXECUTE = 126;
const NOT_FOUND = 127;

/** A container's command that could not be started is told by the engine's words. */
function exitCodeOf(message: string): number {
  if (/executable file not found|no such file or directory|system cannot find the file specified/.test(message)) {
    return NOT_FOUND;
  }
  return /permission denied|is a directory/.test(message) ? CANNOT_EXECUTE : ENGINE_FAILURE;
}

function helped(program: string, verb: string, message: string, exitCode: number): CommandError {
  const line = message.trimEnd();
  return new CommandError(`${program}: ${line}\n\nRun '${program} ${verb} --help' for more information`, exitCode);
}

/** Does it, and says of a failure which command's help to read. */
export function withHelp<T>(program: string, verb: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw helped(program, verb, failureText(thrown), ENGINE_FAILURE);
  }
}

/** The failure of creating or starting a container that `run` was to run. */
export function runFailure(program: string, thrown: unknown): CommandError {
  const message = failureText(thrown);
  return helped(program, "run", message, exitCodeOf(message));
}
