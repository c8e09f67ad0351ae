// Whether processes that outlived the one they came from still hold its output open: what they write from then on
// reaches nobody, because nothing waits for them.
import { readlinkSync } from "node:fs";

const OUTPUT_DESCRIPTORS = [1, 2];

/** What a process writes its output to, as the kernel names it ("pipe:[4711]"); empty when it is gone. */
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
