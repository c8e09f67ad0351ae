// Reads /proc/self/mountinfo (proc(5)).
import { readdirSync, readFileSync } from "node:fs";

export interface Mounted {
  point: string;
  /** Propagation: "shared:N", "master:N"; empty for private. */
  propagation: string[];
}

/** The mounts of this process's namespace, in mount order; a mount point may occur several times. */
export function mounts(): Mounted[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [left = ""] = line.split(" - ", 1);
      const fields = left.split(" ");
      return { point: unescapeOctal(fields[4] ?? ""), propagation: fields.slice(6) };
    });
}

/** The mount of the file at `path`, which must not contain links. */
export function mountOf(path: string): Mounted | undefined {
  return mounts()
    .filter(({ point }) => point === "/" || path === point || path.startsWith(`${point}/`))
    .reduce<Mounted | undefined>(
      (best, each) => (best && best.point.length > each.point.length ? best : each),
      undefined,
    );
}

/** Mount points at or below `path`, the last mounted first. */
export function mountsWithin(path: string): string[] {
  return mounts()
    .map(({ point }) => point)
    .filter((point) => point === path || point.startsWith(`${path}/`))
    .reverse();
}

/** Decodes blanks, tabs, newlines and backslashes, which are escaped as \040 and the like. */
function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** The other processes that have a mount at `path` in their mount namespace. */
export function holdersOfMount(path: string): number[] {
  const mark = ` ${path.replaceAll(/[\\ \t\n]/g, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, "0")}`)} `;
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && mountTableOf(pid).includes(mark));
}

function mountTableOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/mountinfo`, "utf8");
  } catch {
    return ""; // It has just ended, or is a zombie, which has no mounts.
  }
}
