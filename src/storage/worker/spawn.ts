// Starts storage workers and follows what they say.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Readable, type Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { BerthError, type ErrorKind, messageOf, statusOfKind } from "../../api/errors.ts";
import { type Job, type Message, messageSchema } from "./messages.ts";

export const WORKER_COMMAND = "storage-worker";
const SELF = "/proc/self/exe";

/**
 * The command that starts this executable again: itself when compiled, Bun and its main file otherwise. Not by its path,
 * where an upgrade may have put another one since.
 */
export function ownCommand(): [program: string, ...arguments: string[]] {
  const isCompiled = Bun.main.startsWith("/$bunfs/");
  return isCompiled ? [SELF] : [process.execPath, fileURLToPath(new URL("../../main.ts", import.meta.url))];
}

export interface JobOptions {
  onMessage?: (message: Message) => unknown;
  /** When it is aborted the worker is killed. */
  signal?: AbortSignal | undefined;
  /** The open archive of an unpack job. */
  archive?: number;
  /** How many bytes of the archive are there, again and again until it is whole; its failure is the job's. */
  growth?: AsyncIterable<number> | undefined;
}

/** Runs a job to its end and answers its last message. @throws BerthError what the worker failed with */
export async function runJob(job: Job, { onMessage, signal, archive, growth }: JobOptions = {}): Promise<Message> {
  signal?.throwIfAborted();
  const [program, ...first] = ownCommand();
  const worker = spawn(program, [...first, WORKER_COMMAND, JSON.stringify(job)], {
    stdio: ["pipe", "pipe", "pipe", archive ?? "ignore"],
    signal,
    killSignal: "SIGKILL",
  });
  let complaint = "";
  worker.stderr?.on("data", (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000);
  });
  // A killed worker may still be writing: nothing of its may be touched before it is gone.
  let failure: unknown;
  const ended = new Promise<number | null>((resolve) => {
    worker.once("error", (thrown) => {
      failure = thrown;
      if (worker.pid === undefined) resolve(null);
    });
    worker.once("close", resolve);
  });
  // One that was never there says nothing, not even that.
  if (worker.pid === undefined) {
    await ended;
    throw notStarted(failure);
  }
  const told = growth && worker.stdin ? tellGrowth(growth, worker.stdin) : undefined;
  if (!told) worker.stdin?.end();
  // What went wrong with the archive's arrival says more than what the worker made of its end.
  const spoilt = told?.catch((thrown: unknown) => {
    worker.kill("SIGKILL");
    return { thrown };
  });
  let last: Message | undefined;
  for await (const line of createInterface({ input: worker.stdout ?? Readable.from([]) })) {
    last = v.parse(messageSchema, JSON.parse(line));
    onMessage?.(last);
  }
  const code = await ended;
  if (failure !== undefined) throw failure;
  if (last?.type === "failed") throw new BerthError(kindOf(last.kind), last.message);
  const arrival = await spoilt;
  if (arrival) throw arrival.thrown;
  if (code !== 0 || last === undefined) {
    throw new BerthError("internal", `a storage worker ended with status ${code}: ${complaint.trim()}`);
  }
  return last;
}

export function notStarted(thrown: unknown): BerthError {
  return new BerthError("internal", `a worker cannot be started: ${messageOf(thrown)}`, thrown);
}

async function tellGrowth(growth: AsyncIterable<number>, input: Writable): Promise<void> {
  // A worker that has failed reads no further; its own words are what counts.
  input.on("error", () => {});
  for await (const length of growth) {
    if (input.destroyed) break;
    input.write(`${length}\n`);
  }
  input.end();
}

export function kindOf(name: string): ErrorKind {
  return isErrorKind(name) ? name : "internal";
}

function isErrorKind(name: string): name is ErrorKind {
  return Object.hasOwn(statusOfKind, name);
}
