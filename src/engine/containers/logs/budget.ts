// The disk usage of all logs together, and which files to delete when it exceeds the budget.
import { readdirSync, statfsSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

export interface LogOnDisk {
  path: string;
  /** The path of the log it belongs to. */
  log: string;
  size: number;
  /** Milliseconds since 1970. */
  changed: number;
  /** Whether it is the live file, not a rotated one. */
  live: boolean;
}

const GIBIBYTE = 2 ** 30;
const MAX_DEFAULT_BUDGET = 20 * GIBIBYTE;
const DEFAULT_SHARE = 0.1;

/** A tenth of the filesystem, at most 20 GiB. */
export function defaultLogBudget(dataRoot: string): number {
  const { blocks, bsize } = statfsSync(dataRoot);
  return Math.min(MAX_DEFAULT_BUDGET, Math.floor(blocks * bsize * DEFAULT_SHARE));
}

const MAX_RESERVE_SIZE = 256 * 2 ** 20;
const RESERVE_SHARE = 0.05;

/**
 * Free space that logs leave on the filesystem, because a monitor that cannot write its log closes its container's
 * output: a twentieth, at most 256 MiB.
 */
export function logReserve(dataRoot: string): number {
  const { blocks, bsize } = statfsSync(dataRoot);
  return Math.min(MAX_RESERVE_SIZE, Math.floor(blocks * bsize * RESERVE_SHARE));
}

export function freeSpace(dataRoot: string): number {
  const { bavail, bsize } = statfsSync(dataRoot);
  return bavail * bsize;
}

/** The files of the logs at these paths, including rotated ones. */
export function logsOnDisk(paths: readonly string[]): LogOnDisk[] {
  return paths.flatMap((path) => {
    const directory = dirname(path);
    const name = basename(path);
    return entriesOf(directory)
      .filter((entry) => entry === name || entry.startsWith(`${name}.`))
      .flatMap((entry) => {
        const stat = statSync(join(directory, entry), { throwIfNoEntry: false });
        return stat
          ? [{ path: join(directory, entry), log: path, size: stat.size, changed: stat.mtimeMs, live: entry === name }]
          : [];
      });
  });
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // The container is being removed.
  }
}

/**
 * The files to delete so that the rest fits: rotated ones first, from the oldest, but the newest of each log last; then
 * live ones, from the largest.
 */
export function filesOver(files: readonly LogOnDisk[], budget: number): LogOnDisk[] {
  let total = files.reduce((sum, { size }) => sum + size, 0);
  const rotated = files.filter(({ live }) => !live).sort((a, b) => a.changed - b.changed);
  const newest = new Set(new Map(rotated.map((file) => [file.log, file])).values());
  const live = files.filter((file) => file.live).sort((a, b) => b.size - a.size);
  const given: LogOnDisk[] = [];
  for (const file of [...rotated.filter((each) => !newest.has(each)), ...newest, ...live]) {
    if (total <= budget) break;
    given.push(file);
    total -= file.size;
  }
  return given;
}
