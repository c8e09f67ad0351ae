// Questions to the person at the terminal.
import { isTerminal } from "../../linux/terminal.ts";
import { hideInput, restoreTerminal } from "../../linux/terminal-modes.ts";
import { CommandError } from "../failure.ts";
import type { Session } from "../session.ts";

const LINE_END = 10;

/** One line of standard input without its end; undefined when there is none or the user interrupts. */
async function readLine(): Promise<string | undefined> {
  const reader = Bun.stdin.stream().getReader();
  const interrupted = Promise.withResolvers<undefined>();
  const interrupt = () => interrupted.resolve(undefined);
  process.once("SIGINT", interrupt);
  try {
    let seen = Buffer.alloc(0);
    while (!seen.includes(LINE_END)) {
      const next = await Promise.race([reader.read(), interrupted.promise]);
      if (next === undefined) return undefined;
      if (next.done) break;
      seen = Buffer.concat([seen, next.value]);
    }
    const end = seen.indexOf(LINE_END);
    return seen.length === 0 ? undefined : seen.toString("utf8", 0, end < 0 ? seen.length : end).replace(/\r$/, "");
  } finally {
    process.removeListener("SIGINT", interrupt);
    reader.releaseLock();
  }
}

/** Asks "…? [y/N] "; only y and Y are yes, and so is nothing that ends the question otherwise. */
export async function confirm(session: Session, message: string): Promise<boolean> {
  await session.stdout.write(`${message} [y/N] `);
  const answer = await readLine();
  if (answer === undefined && isTerminal(0)) await session.stdout.write("\n");
  return answer?.trim().toLowerCase() === "y";
}

/** Asks for a line. @throws CommandError when there is none */
export async function ask(session: Session, question: string): Promise<string> {
  await session.stdout.write(question);
  const answer = await readLine();
  if (answer === undefined) throw new CommandError("");
  return answer.trim();
}

/** Asks for a line that is not shown. @throws CommandError when there is none */
export async function askSecretly(session: Session, question: string): Promise<string> {
  const state = hideInput(0);
  const restore = () => restoreTerminal(0, state);
  process.once("exit", restore);
  try {
    const answer = await ask(session, question);
    await session.stdout.write("\n");
    return answer;
  } finally {
    restore();
    process.removeListener("exit", restore);
  }
}
