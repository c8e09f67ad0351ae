// Questions to the person at the terminal.
import { isTerminal } from "../../linux/terminal.ts";
import { hideInput, restoreTerminal } from "../../linux/terminal-modes.ts";
import { CommandError } from "../failure.ts";
import type { Session } from "../session.ts";
import { keepSignals } from "./ending.ts";

const LINE_END = 10;

const open = () => ({ reader: Bun.stdin.stream().getReader(), rest: Buffer.alloc(0) });

/** Standard input can be opened once: what one question leaves unread is for the next. */
let input: ReturnType<typeof open> | undefined;

/** One line of standard input without its end; undefined when there is none or the user interrupts. */
async function readLine(): Promise<string | undefined> {
  input ??= open();
  const source = input;
  const interrupted = Promise.withResolvers<undefined>();
  const interrupt = () => interrupted.resolve(undefined);
  const release = keepSignals();
  process.once("SIGINT", interrupt);
  try {
    while (!source.rest.includes(LINE_END)) {
      const next = await Promise.race([source.reader.read(), interrupted.promise]);
      if (next === undefined) {
        // A read that waits for ever would keep the program from ending.
        await source.reader.cancel();
        return undefined;
      }
      if (next.done) break;
      source.rest = Buffer.concat([source.rest, next.value]);
    }
  } finally {
    process.removeListener("SIGINT", interrupt);
    release();
  }
  const end = source.rest.indexOf(LINE_END);
  const line = end < 0 ? source.rest : source.rest.subarray(0, end);
  const isThere = source.rest.length > 0;
  source.rest = source.rest.subarray(end < 0 ? line.length : end + 1);
  return isThere ? line.toString("utf8").replace(/\r$/, "") : undefined;
}

/** Asks "…? [y/N] "; only y and Y are yes, and so is nothing that ends the question otherwise. */
export async function confirm(session: Session, message: string): Promise<boolean> {
  await session.stdout.write(`${message} [y/N] `);
  const answer = await readLine();
  if (answer === undefined && isTerminal(0)) await session.stdout.write("\n");
  return answer?.trim().toLowerCase() === "y";
}

/** Asks for a line; without an answer the command ends without a word, as if it had not been typed. */
export async function ask(session: Session, question: string): Promise<string> {
  await session.stdout.write(question);
  const answer = await readLine();
  if (answer !== undefined) return answer.trim();
  await session.stdout.write("\n");
  throw new CommandError("", 0);
}

/** Asks for a line that is not shown. */
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
