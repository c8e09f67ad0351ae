// What is mounted where, as the kernel tells it in /proc/self/mountinfo (proc(5)).
import { readdirSync, readFileSync } from "node:fs";

export interface Mounted {
  point: string;
  /** How mounts below it travel: "shared:N", "master:N"; neither is private. */
  propagation: string[];
}

/** The mounts of this process's namespace, in the order of mounting; a mount point may come several times. */
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

/** The mount that the file at `path`, which must have no links in it, is on. */
export function mountOf(path: string): Mounted | undefined {
  return mounts()
    .filter(({ point }) => point === "/" || path === point || path.startsWith(`${point}/`))
    .reduce<Mounted | undefined>(
      (best, each) => (best && best.point.length > each.point.length ? best : each),
      undefined,
    );
}

/** Mount points that are `path` or lie below it, the last one mounted first. */
export function mountsWithin(path: string): string[] {
  return mounts()
    .map(({ point }) => point)
    .filter((point) => point === path || point.startsWith(`${path}/`))
    .reverse();
}

/** Blanks, tabs, newlines and backslashes are written as \040 and the like. */
function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** The processes, other than this one, in whose mount namespace something is mounted at `path`. */
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
