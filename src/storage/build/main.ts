// A build worker: a short-lived process of this same executable that reads a build's sources or makes a layer of them.
// What others made it touches only behind a root of its own.
import { writeSync } from "node:fs";
import * as v from "valibot";
import { BerthError, messageOf } from "../../api/errors.ts";
import { dieWithParent, nameProcess } from "../../linux/process.ts";
import { layerJob } from "./layer-job.ts";
import { ANSWERS_DESCRIPTOR, type Answer, type BuildJob, buildJobSchema } from "./messages.ts";
import { sourceJob } from "./source-job.ts";

/** Runs the job in `argument`. Answers the process's exit code. */
export async function runBuildWorker(argument: string): Promise<number> {
  dieWithParent();
  nameProcess("berth");
  process.umask(0);
  try {
    await run(v.parse(buildJobSchema, JSON.parse(argument)));
    return 0;
  } catch (thrown) {
    tell({ type: "failed", kind: thrown instanceof BerthError ? thrown.kind : "internal", message: messageOf(thrown) });
    return 1;
  }
}

async function run(job: BuildJob): Promise<void> {
  switch (job.job) {
    case "source":
      return sourceJob(job, tell);
    case "layer":
      return layerJob(tell);
  }
}

function tell(answer: Answer): void {
  const line = Buffer.from(`${JSON.stringify(answer)}\n`);
  for (let done = 0; done < line.length; ) done += writeSync(ANSWERS_DESCRIPTOR, line, done);
}
