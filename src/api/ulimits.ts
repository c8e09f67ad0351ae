// Resource limits of processes: their names, and which soft and hard limits fit together.

/** Of setrlimit(2) in lower case, as Docker's command takes them; the API also takes "as". */
export const ULIMIT_NAMES: readonly string[] = [
  "core",
  "cpu",
  "data",
  "fsize",
  "locks",
  "memlock",
  "msgqueue",
  "nice",
  "nofile",
  "nproc",
  "rss",
  "rtprio",
  "rttime",
  "sigpending",
  "stack",
];

/** What is wrong with a pair of limits, in Docker's words; -1 is unlimited. */
export function ulimitConflict(soft: number, hard: number): string | undefined {
  const sentence = "ulimit soft limit must be less than or equal to hard limit";
  if (hard === -1) return undefined;
  if (soft === -1) return `${sentence}: soft: -1 (unlimited), hard: ${hard}`;
  return soft > hard ? `${sentence}: ${soft} > ${hard}` : undefined;
}
