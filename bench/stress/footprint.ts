// A snapshot of a daemon's resources, for comparison: none may grow with the work done.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface Footprint {
  /** Private memory in MiB. */
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

/** Memory growth that garbage collection may explain. */
const SLACK_MEBIBYTES = 64;

/** Describes what has grown, one line each. Descriptors and children must match exactly, memory need not. */
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
  `${memory} MiB private, ${descriptors.length} descriptors, ${threads} threads, ${children} children`;

/** The type of a descriptor without instance numbers: "socket", "anon_inode", a path. */
function kindOf(link: string): string {
  try {
    return readlinkSync(link).replace(/:\[.*/, "");
  } catch {
    return "closed meanwhile";
  }
}
