// A build worker: a short-lived process of this executable that reads build sources or creates layers. It accesses
// untrusted files only after changing its root to them.
import * as v from "valibot";
import { asWorker, writeMessage } from "../worker/process.ts";
import { exportJob } from "./export-job.ts";
import { layerJob } from "./layer-job.ts";
import { ANSWERS_DESCRIPTOR, type Answer, type BuildJob, buildJobSchema } from "./messages.ts";
import { sourceJob } from "./source-job.ts";

/** Runs the job in `argument`. Returns the exit code. */
export function runBuildWorker(argument: string): Promise<number> {
  return asWorker(() => run(v.parse(buildJobSchema, JSON.parse(argument))), tell);
}

async function run(job: BuildJob): Promise<void> {
  switch (job.job) {
    case "source":
      return sourceJob(job, tell);
    case "layer":
      return layerJob(tell);
    case "export":
      return exportJob(job, tell);
  }
}

function tell(answer: Answer): void {
  writeMessage(ANSWERS_DESCRIPTOR, answer);
}
