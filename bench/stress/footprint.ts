// What a daemon holds at a moment, so that two moments can be compared: nothing may grow with the work that was done.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface Footprint {
  /** Memory that is its own, in MiB. */
  memory: number;
  descriptors: string[];
  threads: number;
  children: number;
}

const MEBIBYTE_IN_KIB = 1024;

export function footprintOf(pid: number): Footprint {
  const memory = /^Private_Dirty:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
  return {
    memory: Math.round(Number(memory) / MEBIBYTE_IN_KIB),
    descriptors: readdirSync(`/proc/${pid}/fd`).map((descriptor) => kindOf(`/proc/${pid}/fd/${descriptor}`)),
    threads: readdirSync(`/proc/${pid}/task`).length,
    children: readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).length,
  };
}

/** Memory that a collector may leave lying. */
const SLACK_MEBIBYTES = 64;

/** What has grown, one readable line each. Descriptors and children are counted one by one, memory is not. */
export function growth(before: Footprint, after: Footprint): string[] {
  const grown: string[] = [];
  for (const kind of new Set(after.descriptors)) {
    const [were, are] = [before, after].map(({ descriptors }) => descriptors.filter((each) => each === kind).length);
    if (are !== undefined && were !== undefined && are > were) grown.push(`${kind}: ${were} were open, ${are} are`);
  }
  if (after.children > before.children) grown.push(`${after.children} children, before ${before.children}`);
  if (after.memory > before.memory + SLACK_MEBIBYTES) grown.push(`${after.memory} MiB, before ${before.memory}`);
  return grown;
}

export const described = ({ memory, descriptors, threads, children }: Footprint): string =>
  `${memory} MiB of its own, ${descriptors.length} descriptors, ${threads} threads, ${children} children`;

/** What a descriptor is for, without the number of the one thing it is: "socket", "anon_inode", a path. */
function kindOf(link: string): string {
  try {
    return readlinkSync(link).replace(/:\[.*/, "");
  } catch {
    return "closed meanwhile";
  }
}
