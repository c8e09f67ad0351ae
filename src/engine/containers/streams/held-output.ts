// Detects processes that outlive the main process and keep its output open: what they write later is lost, because the
// monitor has ended.
import { readlinkSync } from "node:fs";

const OUTPUT_DESCRIPTORS = [1, 2];

/** The targets of a process's stdout and stderr, as the kernel names them ("pipe:[4711]"); empty when it has ended. */
export function outputsOf(pid: number): string[] {
  return OUTPUT_DESCRIPTORS.flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${descriptor}`)];
    } catch {
      return [];
    }
  });
}

/** Whether one of the processes writes to one of `outputs`. */
export function isHeldOpen(outputs: readonly string[], pids: readonly number[]): boolean {
  if (outputs.length === 0) return false;
  return pids.some((pid) => outputsOf(pid).some((output) => outputs.includes(output)));
}
