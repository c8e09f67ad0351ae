// What is mounted where, as the kernel tells it in /proc/self/mountinfo (proc(5)).
import { readFileSync } from "node:fs";

/** The mount points of this process's namespace, in the order of mounting; one may come several times. */
export function mountPoints(): string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => unescapeOctal(line.split(" ")[4] ?? ""));
}

/** Mount points that are `path` or lie below it, the last one mounted first. */
export function mountsWithin(path: string): string[] {
  return mountPoints()
    .filter((point) => point === path || point.startsWith(`${path}/`))
    .reverse();
}

/** Blanks, tabs, newlines and backslashes are written as \040 and the like. */
function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
