// What a daemon holds at a moment, so that two moments can be compared: nothing may grow with the work that was done.
import { readdirSync, readFileSync } from "node:fs";

export interface Footprint {
  /** Memory that is its own, in MiB. */
  memory: number;
  descriptors: number;
  threads: number;
  children: number;
}

const MEBIBYTE_IN_KIB = 1024;

export function footprintOf(pid: number): Footprint {
  const memory = /^Private_Dirty:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
  return {
    memory: Math.round(Number(memory) / MEBIBYTE_IN_KIB),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: readdirSync(`/proc/${pid}/task`).length,
    children: readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).length,
  };
}

/** Memory that a collector may leave lying. */
const SLACK_MEBIBYTES = 64;

/** What has grown, one readable line each. Descriptors and children are counted one by one, memory is not. */
export function growth(before: Footprint, after: Footprint): string[] {
  const grown = (["descriptors", "children"] as const).filter((name) => after[name] > before[name]);
  return [
    ...grown.map((name) => `${name} grew from ${before[name]} to ${after[name]}`),
    ...(after.memory > before.memory + SLACK_MEBIBYTES
      ? [`memory grew from ${before.memory} to ${after.memory} MiB`]
      : []),
  ];
}

export const described = ({ memory, descriptors, threads, children }: Footprint): string =>
  `${memory} MiB of its own, ${descriptors} descriptors, ${threads} threads, ${children} children`;
