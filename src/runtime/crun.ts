// crun, the default OCI runtime. For an ordinary container, `crun start` writes one byte and `crun delete` removes empty
// directories: the engine does both itself. Everything else is left to the program.
import { closeSync, constants, openSync, readFileSync, rmSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { isAlive } from "../linux/process.ts";
import { removeCgroup } from "./cgroups/removal.ts";
import { OciRuntime } from "./oci-runtime.ts";

/** The fields used here of crun's record of a container, `status` in its state directory. */
const statusSchema = v.object({
  pid: v.number(),
  "cgroup-path": v.string(),
  "systemd-cgroup": v.boolean(),
});
type Status = v.InferOutput<typeof statusSchema>;

/** The container's process waits for one byte from this pipe. */
const START_PIPE = "exec.fifo";

export class Crun extends OciRuntime {
  override readonly takesSeccompProgram = true;
  override readonly readsConfigFromPipe = true;
  override readonly failsOnTerminal = true;

  override async start(id: string, signal?: AbortSignal): Promise<void> {
    const pipe = join(this.stateDirectory, id, START_PIPE);
    let descriptor: number;
    try {
      descriptor = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch {
      return super.start(id, signal); // The process has ended: the program reports why.
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
