// Starts storage workers and follows what they say.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { BerthError, type ErrorKind, statusOfKind } from "../../api/errors.ts";
import { type Job, type Message, messageSchema } from "./messages.ts";

export const WORKER_COMMAND = "storage-worker";

/** The command that starts this executable again: itself when compiled, Bun and its main file otherwise. */
export function ownCommand(): [program: string, ...arguments: string[]] {
  const isCompiled = Bun.main.startsWith("/$bunfs/");
  return isCompiled ? [process.execPath] : [process.execPath, fileURLToPath(new URL("../../main.ts", import.meta.url))];
}

/**
 * Runs a job to its end and answers its last message. When `signal` is aborted the worker is killed.
 * @throws BerthError what the worker failed with
 */
export async function runJob(job: Job, onMessage: (message: Message) => void, signal?: AbortSignal): Promise<Message> {
  signal?.throwIfAborted();
  const [program, ...first] = ownCommand();
  const worker = spawn(program, [...first, WORKER_COMMAND, JSON.stringify(job)], {
    stdio: ["ignore", "pipe", "pipe"],
    signal,
    killSignal: "SIGKILL",
  });
  let complaint = "";
  worker.stderr.on("data", (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    worker.once("error", reject);
    worker.once("close", resolve);
  });
  let last: Message | undefined;
  for await (const line of createInterface({ input: worker.stdout })) {
    last = v.parse(messageSchema, JSON.parse(line));
    onMessage(last);
  }
  const code = await ended;
  if (last?.type === "failed") throw new BerthError(kindOf(last.kind), last.message);
  if (code !== 0 || last === undefined) {
    throw new BerthError("internal", `a storage worker ended with status ${code}: ${complaint.trim()}`);
  }
  return last;
}

export function kindOf(name: string): ErrorKind {
  return isErrorKind(name) ? name : "internal";
}

function isErrorKind(name: string): name is ErrorKind {
  return Object.hasOwn(statusOfKind, name);
}
