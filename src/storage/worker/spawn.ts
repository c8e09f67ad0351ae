// Runs storage jobs in workers and relays their messages.
import { createInterface } from "node:readline";
import { Readable, type Writable } from "node:stream";
import * as v from "valibot";
import { reportedError, WorkerChild } from "./child.ts";
import { type Job, type Message, messageSchema } from "./messages.ts";

export interface JobOptions {
  onMessage?: (message: Message) => unknown;
  /** Aborting kills the worker. */
  signal?: AbortSignal | undefined;
  /** The open archive of an unpack job. */
  archive?: number;
  /** The bytes of the archive available so far, repeated until complete; its error becomes the job's. */
  growth?: AsyncIterable<number> | undefined;
}

/** Runs a job to completion and returns its final message. @throws BerthError with the worker's error */
export async function runJob(job: Job, { onMessage, signal, archive, growth }: JobOptions = {}): Promise<Message> {
  signal?.throwIfAborted();
  const worker = new WorkerChild("storage", job, { stdio: ["pipe", "pipe", "pipe", archive ?? "ignore"], signal });
  await worker.started();
  const { stdin, stdout } = worker.process;
  const reporting = growth && stdin ? reportGrowth(growth, stdin) : undefined;
  if (!reporting) stdin?.end();
  // The download's error is more useful than the worker's about a truncated archive.
  const arrivalFailure = reporting?.catch((thrown: unknown) => {
    worker.kill();
    return { thrown };
  });
  let last: Message | undefined;
  for await (const line of createInterface({ input: stdout ?? Readable.from([]) })) {
    last = v.parse(messageSchema, JSON.parse(line));
    onMessage?.(last);
  }
  // A killed worker may still be writing: wait for its exit before touching its files.
  const code = await worker.ended;
  if (worker.failure !== undefined) throw worker.failure;
  if (last?.type === "failed") throw reportedError(last);
  const failed = await arrivalFailure;
  if (failed) throw failed.thrown;
  if (code !== 0 || last === undefined) throw await worker.unexpectedEnd();
  return last;
}

async function reportGrowth(growth: AsyncIterable<number>, input: Writable): Promise<void> {
  // A failed worker stops reading; its own message counts.
  input.on("error", () => {});
  for await (const length of growth) {
    if (input.destroyed) break;
    input.write(`${length}\n`);
  }
  input.end();
}
