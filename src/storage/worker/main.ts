// A storage worker: a short-lived process of this same executable that does one heavy job, so that the daemon's event
// loop never waits for it, its memory goes back when it ends, and it can be locked into the directory it fills.
import { writeSync } from "node:fs";
import * as v from "valibot";
import { BerthError, messageOf } from "../../api/errors.ts";
import { dieWithParent, nameProcess } from "../../linux/process.ts";
import { compressJob } from "./compress-job.ts";
import { type Job, jobSchema, type Message } from "./messages.ts";
import { packJob } from "./pack-job.ts";
import { unpackJob } from "./unpack-job.ts";

const STDOUT = 1;

/** Runs the job in `argument`; what comes of it goes to standard output. Answers the process's exit code. */
export async function runStorageWorker(argument: string): Promise<number> {
  dieWithParent();
  nameProcess("berth");
  process.umask(0);
  try {
    await run(v.parse(jobSchema, JSON.parse(argument)));
    return 0;
  } catch (thrown) {
    const kind = thrown instanceof BerthError ? thrown.kind : "internal";
    tell({ type: "failed", kind, message: messageOf(thrown) });
    return 1;
  }
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
  writeSync(STDOUT, `${JSON.stringify(message)}\n`);
}
