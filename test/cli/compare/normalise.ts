// Removes run-specific parts of a client's output: identifiers, times, its own name and version.

const REPLACEMENTS: readonly (readonly [RegExp, string])[] = [
  [/\bdocker(?=[ '.\n:]|$)/gm, "berth"],
  [/\bDocker version [\d.]+, build \w+/g, "Berth version"],
  [/\bBerth version [\d.]+/g, "Berth version"],
  // What an image's description takes depends on the digits of its times.
  [/(?<=Total reclaimed space: )\d+B/g, "<bytes>"],
  [/Mounted from \S+/g, "Mounted from <repository>"],
  [/\bmine-[db]\b/g, "mine"],
  // Docker's command prefers to build with its plugin.
  [/^DEPRECATED: The legacy builder.*\n(?: +.*\n)*\n/gm, ""],
  // tar ends an archive with more empty blocks than Docker does.
  [/(?<=Sending build context to Docker daemon ) *[\d.]+k?B/g, "<bytes>"],
  // Docker's own log of a copy that the engine refuses in the middle.
  [/^time=".*\n/gm, ""],
  // A slip of the pen in Docker's message.
  [/^SRun '/gm, "Run '"],
  [/\b[0-9a-f]{64}\b/g, "<id>"],
  [/\b[0-9a-f]{12}\b/g, "<short id>"],
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d| [+-]\d{4} \w+)?/g, "<time>"],
  [/\b1[789]\d{8}(?:\d{9})?\b/g, "<time>"],
];

const DURATION = /(?:Less than a second|About a minute|About an hour|\b\d+ (?:second|minute|hour)s?)(?: ago)?/g;

/** Several labels in one word: Docker's command shows them in an order that changes from run to run. */
const LABELS = /(?<![^\s"])[\w.-]+=[^\s",]*(?:,[\w.-]+=[^\s",]*)+(?![^\s"])/g;

/** The output, with placeholders for values that change from run to run. */
export function normalise(text: string): string {
  const plain = REPLACEMENTS.reduce((result, [pattern, word]) => result.replace(pattern, word), text).replace(
    LABELS,
    (labels) => labels.split(",").sort().join(","),
  );
  if (!DURATION.test(plain)) return plain;
  // A phrase of another length moves the columns behind it.
  return plain.replace(DURATION, "<duration>").replace(/ {2,}/g, "  ");
}
