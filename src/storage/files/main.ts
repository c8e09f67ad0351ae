// A files worker: a short-lived process of this same executable that works on a container's files. It makes the
// container's root its own before it touches a path, so that no link in there leads anywhere else.
import { writeSync } from "node:fs";
import * as v from "valibot";
import { BerthError, messageOf } from "../../api/errors.ts";
import { dieWithParent, nameProcess } from "../../linux/process.ts";
import { exportJob, extractJob, packJob, statJob } from "./archive-jobs.ts";
import { fillJob } from "./fill-job.ts";
import { type FilesJob, type FilesMessage, filesJobSchema, MESSAGES_DESCRIPTOR } from "./messages.ts";

/** Runs the job in `argument`. Answers the process's exit code. */
export async function runFilesWorker(argument: string): Promise<number> {
  dieWithParent();
  nameProcess("berth");
  process.umask(0);
  try {
    await run(v.parse(filesJobSchema, JSON.parse(argument)));
    tell({ type: "done" });
    return 0;
  } catch (thrown) {
    const kind = thrown instanceof BerthError ? thrown.kind : "internal";
    tell({ type: "failed", kind, message: messageOf(thrown) });
    return 1;
  }
}

async function run(job: FilesJob): Promise<void> {
  switch (job.job) {
    case "stat":
      return statJob(job, tell);
    case "pack":
      return packJob(job, tell);
    case "extract":
      return extractJob(job);
    case "export":
      return exportJob(job, tell);
    case "fill":
      return fillJob(job);
  }
}

function tell(message: FilesMessage): void {
  writeSync(MESSAGES_DESCRIPTOR, `${JSON.stringify(message)}\n`);
}
