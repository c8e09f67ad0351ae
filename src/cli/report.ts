// Prints a failed command's error: Docker's message, then advice when on a terminal.

import { messageOf } from "../api/errors.ts";
import { ApiError, ConnectionError, EndpointError } from "../client/errors.ts";
import { CommandError } from "./failure.ts";
import { BROKEN_PIPE_EXIT_CODE, BrokenPipeError, Output } from "./output/output.ts";

/** The error text in Docker's words. */
export function failureText(thrown: unknown): string {
  if (thrown instanceof ApiError && thrown.explained) return `Error response from daemon: ${thrown.message}`;
  if (thrown instanceof EndpointError) return `Failed to initialize: ${thrown.message}`;
  return messageOf(thrown);
}

async function advice(program: string, text: string): Promise<string | undefined> {
  const { adviceFor } = await import("./advice.ts");
  return adviceFor(program, text);
}

/** Prints the error to standard error and returns the exit code. */
export async function reportFailure(program: string, thrown: unknown): Promise<number> {
  const stderr = new Output(2);
  const text = failureText(thrown);
  try {
    if (text !== "") await stderr.line(text);
    const said = thrown instanceof CommandError ? thrown.said : "";
    const next = stderr.isTerminal ? await advice(program, `${said}\n${text}`) : undefined;
    if (next !== undefined) await stderr.line(`\n${next}`);
    const expected =
      thrown instanceof CommandError ||
      thrown instanceof ApiError ||
      thrown instanceof ConnectionError ||
      thrown instanceof EndpointError;
    if (!expected && process.env.BERTH_DEBUG && thrown instanceof Error) await stderr.line(thrown.stack ?? "");
  } catch (broken) {
    if (broken instanceof BrokenPipeError) return BROKEN_PIPE_EXIT_CODE;
    throw broken;
  }
  return thrown instanceof CommandError ? thrown.exitCode : 1;
}
