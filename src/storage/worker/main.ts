// A storage worker: a short-lived process of the same executable that runs one heavy job, so that the daemon's event loop
// never waits, its memory is released at its end, and it can be confined to the directory it fills.
import * as v from "valibot";
import { compressJob } from "./compress-job.ts";
import { type Job, jobSchema, type Message } from "./messages.ts";
import { packJob } from "./pack-job.ts";
import { asWorker, writeMessage } from "./process.ts";
import { unpackJob } from "./unpack-job.ts";

const STDOUT = 1;

/** Runs the job in `argument`, with results on standard output. Returns the exit code. */
export function runStorageWorker(argument: string): Promise<number> {
  return asWorker(() => run(v.parse(jobSchema, JSON.parse(argument))), tell);
}

async function run(job: Job): Promise<void> {
  switch (job.job) {
    case "unpack":
      return unpackJob(job, tell);
    case "pack":
      return packJob(job, tell);
    case "compress":
      return compressJob(job, tell);
  }
}

function tell(message: Message): void {
  writeMessage(STDOUT, message);
}
