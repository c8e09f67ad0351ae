// Runs storage jobs in workers and passes on their messages.
import { createInterface } from "node:readline";
import { Readable, type Writable } from "node:stream";
import * as v from "valibot";
import { reportedError, WorkerChild } from "./child.ts";
import { type Job, type Message, messageSchema } from "./messages.ts";

export interface JobOptions {
  onMessage?: (message: Message) => unknown;
  /** When it is aborted the worker is killed. */
  signal?: AbortSignal | undefined;
  /** The open archive of an unpack job. */
  archive?: number;
  /** How many bytes of the archive have arrived, repeated until it is complete; its failure is the job's. */
  growth?: AsyncIterable<number> | undefined;
}

/** Runs a job to its end and answers its last message. @throws BerthError what the worker failed with */
export async function runJob(job: Job, { onMessage, signal, archive, growth }: JobOptions = {}): Promise<Message> {
  signal?.throwIfAborted();
  const worker = new WorkerChild("storage", job, { stdio: ["pipe", "pipe", "pipe", archive ?? "ignore"], signal });
  await worker.started();
  const { stdin, stdout } = worker.process;
  const reporting = growth && stdin ? reportGrowth(growth, stdin) : undefined;
  if (!reporting) stdin?.end();
  // A failure of the archive's arrival says more than what the worker made of its premature end.
  const arrivalFailure = reporting?.catch((thrown: unknown) => {
    worker.kill();
    return { thrown };
  });
  let last: Message | undefined;
  for await (const line of createInterface({ input: stdout ?? Readable.from([]) })) {
    last = v.parse(messageSchema, JSON.parse(line));
    onMessage?.(last);
  }
  // A killed worker may still be writing: nothing of its files may be touched before it is gone.
  const code = await worker.ended;
  if (worker.failure !== undefined) throw worker.failure;
  if (last?.type === "failed") throw reportedError(last);
  const failed = await arrivalFailure;
  if (failed) throw failed.thrown;
  if (code !== 0 || last === undefined) throw await worker.unexpectedEnd();
  return last;
}

async function reportGrowth(growth: AsyncIterable<number>, input: Writable): Promise<void> {
  // A worker that has failed reads no further; its own message is what counts.
  input.on("error", () => {});
  for await (const length of growth) {
    if (input.destroyed) break;
    input.write(`${length}\n`);
  }
  input.end();
}
