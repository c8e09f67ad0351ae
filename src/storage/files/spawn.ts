// Starts files workers and relays their messages.
import { createInterface } from "node:readline";
import { Readable, Writable } from "node:stream";
import * as v from "valibot";
import { BerthError } from "../../api/errors.ts";
import { reportedError, WorkerChild } from "../worker/child.ts";
import { type FilesJob, type FilesMessage, filesMessageSchema, MESSAGES_DESCRIPTOR } from "./messages.ts";

/** A running worker. */
export interface FilesWorker {
  input: Writable;
  output: Readable;
  /** All messages except failures, which are thrown. */
  messages: AsyncGenerator<FilesMessage, void, void>;
  /** Kills the worker. */
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

/** Runs a job without an archive to completion. @throws BerthError with the worker's error */
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
