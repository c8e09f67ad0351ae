// Starts files workers and follows what they say.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import * as v from "valibot";
import { BerthError } from "../../api/errors.ts";
import { kindOf, notStarted, ownCommand } from "../worker/spawn.ts";
import { type FilesJob, type FilesMessage, filesMessageSchema, MESSAGES_DESCRIPTOR } from "./messages.ts";

export const FILES_WORKER_COMMAND = "files-worker";

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
  const [program, ...first] = ownCommand();
  const child = spawn(program, [...first, FILES_WORKER_COMMAND, JSON.stringify(job)], {
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  return {
    input: child.stdin,
    output: child.stdout,
    messages: messagesOf(child),
    kill: () => child.kill("SIGKILL"),
  };
}

/** Runs a job that has no archive to its end. @throws BerthError what the worker failed with */
export async function runFilesJob(job: FilesJob): Promise<FilesMessage[]> {
  const worker = startFilesWorker(job);
  worker.input.end();
  worker.output.resume();
  return Array.fromAsync(worker.messages);
}

async function* messagesOf(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
): AsyncGenerator<FilesMessage, void, void> {
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", (thrown) => reject(child.pid === undefined ? notStarted(thrown) : thrown));
    child.once("close", resolve);
  });
  // Awaited below; until then its failure must not count as unhandled.
  ended.catch(() => {});
  // One that was never there says nothing, not even that.
  if (child.pid === undefined) await ended;
  const channel = child.stdio[MESSAGES_DESCRIPTOR];
  if (!channel || !("read" in channel)) throw new BerthError("internal", "a files worker has no message channel");
  let done = false;
  for await (const line of createInterface({ input: channel })) {
    const message = v.parse(filesMessageSchema, JSON.parse(line));
    if (message.type === "failed") throw new BerthError(kindOf(message.kind), message.message);
    done ||= message.type === "done";
    yield message;
  }
  const code = await ended;
  if (!done) throw new BerthError("internal", `a files worker ended with status ${code}: ${complaint.trim()}`);
}
