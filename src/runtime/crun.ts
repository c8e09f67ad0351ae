// crun, the default OCI runtime. What its `start` and `delete` do for a container with nothing unusual is a byte written
// and some empty directories removed: the engine does that itself. Everything else is the program's.
import { closeSync, constants, openSync, readFileSync, rmSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { isAlive } from "../linux/process.ts";
import { removeCgroup } from "./cgroups/removal.ts";
import { OciRuntime } from "./oci-runtime.ts";

/** crun's own record of a container, `status` in its state directory, as far as it matters here. */
const statusSchema = v.object({
  pid: v.number(),
  "cgroup-path": v.string(),
  "systemd-cgroup": v.boolean(),
});
type Status = v.InferOutput<typeof statusSchema>;

/** The container's process waits until somebody writes one byte to this. */
const START_PIPE = "exec.fifo";

export class Crun extends OciRuntime {
  override readonly takesSeccompProgram = true;

  override async start(id: string, signal?: AbortSignal): Promise<void> {
    const pipe = join(this.stateDirectory, id, START_PIPE);
    let descriptor: number;
    try {
      descriptor = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch {
      return super.start(id, signal); // Its process is gone: the program finds the words for it.
    }
    try {
      unlinkSync(pipe);
      writeSync(descriptor, Uint8Array.of(0));
    } finally {
      closeSync(descriptor);
    }
  }

  override async delete(id: string, signal?: AbortSignal): Promise<void> {
    const directory = join(this.stateDirectory, id);
    const status = statusIn(directory);
    const isOver = status && !status["systemd-cgroup"] && !isAlive(status.pid);
    if (!isOver || !removeCgroup(status["cgroup-path"])) return super.delete(id, signal);
    rmSync(directory, { recursive: true });
  }
}

function statusIn(directory: string): Status | undefined {
  try {
    return v.parse(statusSchema, JSON.parse(readFileSync(join(directory, "status"), "utf8")));
  } catch {
    return undefined;
  }
}
