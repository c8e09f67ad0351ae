// A files worker: a short-lived process of this executable that accesses a container's files. It changes its root to
// the container's before using any path, so that no link can escape it.
import * as v from "valibot";
import { asWorker, writeMessage } from "../worker/process.ts";
import { exportJob, extractJob, packJob, statJob } from "./archive-jobs.ts";
import { fillJob } from "./fill-job.ts";
import { type FilesJob, type FilesMessage, filesJobSchema, MESSAGES_DESCRIPTOR } from "./messages.ts";

/** Runs the job in `argument`. Returns the exit code. */
export function runFilesWorker(argument: string): Promise<number> {
  return asWorker(async () => {
    await run(v.parse(filesJobSchema, JSON.parse(argument)));
    tell({ type: "done" });
  }, tell);
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
  writeMessage(MESSAGES_DESCRIPTOR, message);
}
