// Prompts on the terminal.
import { isTerminal } from "../../linux/terminal.ts";
import { hideInput, restoreTerminal } from "../../linux/terminal-modes.ts";
import { CommandError } from "../failure.ts";
import type { Session } from "../session.ts";
import { keepSignals } from "./ending.ts";

const LINE_END = 10;

const open = () => ({ reader: Bun.stdin.stream().getReader(), rest: Buffer.alloc(0) });

/** Standard input is opened once: unread input is kept for the next prompt. */
let input: ReturnType<typeof open> | undefined;

/** Reads one line without its end; undefined at the end of input or after an interrupt. */
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
        // A pending read would keep the program from exiting.
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

/** Asks "…? [y/N] "; only y and Y mean yes, end of input means no. */
export async function confirm(session: Session, message: string): Promise<boolean> {
  await session.stdout.write(`${message} [y/N] `);
  const answer = await readLine();
  if (answer === undefined && isTerminal(0)) await session.stdout.write("\n");
  return answer?.trim().toLowerCase() === "y";
}

/** Asks for a line; without an answer the command exits silently. */
export async function ask(session: Session, question: string): Promise<string> {
  await session.stdout.write(question);
  const answer = await readLine();
  if (answer !== undefined) return answer.trim();
  await session.stdout.write("\n");
  throw new CommandError("", 0);
}

/** Asks for a line without echo. */
export async function promptHidden(session: Session, question: string): Promise<string> {
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
