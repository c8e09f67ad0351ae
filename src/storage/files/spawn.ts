// Starts files workers and passes on their messages.
import { createInterface } from "node:readline";
import { Readable, Writable } from "node:stream";
import * as v from "valibot";
import { BerthError } from "../../api/errors.ts";
import { reportedError, WorkerChild } from "../worker/child.ts";
import { type FilesJob, type FilesMessage, filesMessageSchema, MESSAGES_DESCRIPTOR } from "./messages.ts";

/** A worker at its job. */
export interface FilesWorker {
  input: Writable;
  output: Readable;
  /** Every message but a failure, which is thrown. */
  messages: AsyncGenerator<FilesMessage, void, void>;
  /** Ends the worker now, whatever it does. */
  kill(): void;
}

export function startFilesWorker(job: FilesJob): FilesWorker {
  const worker = new WorkerChild("files", job, { stdio: ["pipe", "pipe", "pipe", "pipe"] });
  const { stdin, stdout } = worker.process;
  return {
    input: stdin ?? new Writable(),
    output: stdout ?? Readable.from([]),
    messages: messagesOf(worker),
    kill: () => worker.kill(),
  };
}

/** Runs a job that has no archive to its end. @throws BerthError what the worker failed with */
export async function runFilesJob(job: FilesJob): Promise<FilesMessage[]> {
  const worker = startFilesWorker(job);
  worker.input.end();
  worker.output.resume();
  return Array.fromAsync(worker.messages);
}

async function* messagesOf(worker: WorkerChild): AsyncGenerator<FilesMessage, void, void> {
  await worker.started();
  const channel = worker.process.stdio[MESSAGES_DESCRIPTOR];
  if (!(channel instanceof Readable)) throw new BerthError("internal", "a files worker has no message channel");
  let done = false;
  for await (const line of createInterface({ input: channel })) {
    const message = v.parse(filesMessageSchema, JSON.parse(line));
    if (message.type === "failed") throw reportedError(message);
    done ||= message.type === "done";
    yield message;
  }
  await worker.ended;
  if (worker.failure !== undefined) throw worker.failure;
  if (!done) throw await worker.unexpectedEnd();
}
