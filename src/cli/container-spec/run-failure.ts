// Error messages and exit codes of failed `run` and `create` commands.
import { ApiError } from "../../client/errors.ts";
import { CommandError } from "../failure.ts";
import { failureText } from "../report.ts";

const ENGINE_FAILURE = 125;
const CANNOT_EXECUTE = 126;
const NOT_FOUND = 127;

/**
 * Berth's engine says when a program was not found or cannot be executed. In all other cases the words of the message
 * decide, as in Docker's client: a missing device is 127, too, and a wrong kind of file is not.
 */
function exitCodeOf(thrown: unknown, message: string): number {
  if (/not a directory/.test(message.toLowerCase())) return ENGINE_FAILURE;
  const { exitCode = ENGINE_FAILURE } = thrown instanceof ApiError ? thrown : {};
  if (exitCode === CANNOT_EXECUTE || exitCode === NOT_FOUND) return exitCode;
  if (/executable file not found|no such file or directory|system cannot find the file specified/.test(message)) {
    return NOT_FOUND;
  }
  return /permission denied|is a directory/.test(message) ? CANNOT_EXECUTE : ENGINE_FAILURE;
}

function helped(program: string, verb: string, message: string, exitCode: number): CommandError {
  const line = message.trimEnd();
  return new CommandError(`${program}: ${line}\n\nRun '${program} ${verb} --help' for more information`, exitCode);
}

/** Runs `work`; errors refer to the command's help. */
export function withHelp<T>(program: string, verb: string, work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw helped(program, verb, failureText(thrown), ENGINE_FAILURE);
  }
}

/** The error when `run` cannot create or start its container. */
export function runFailure(program: string, thrown: unknown): CommandError {
  const message = failureText(thrown);
  return helped(program, "run", message, exitCodeOf(thrown, message));
}
