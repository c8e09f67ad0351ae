// `--cap-add` and `--cap-drop`: under the kernel's names, each once; what is added is not dropped.

const ALL = "ALL";

/** "sys_time" is "CAP_SYS_TIME"; with "ALL" nothing else counts. */
function kernelNames(given: readonly string[]): string[] {
  const names = given
    .map((name) => name.trim().toUpperCase())
    .map((name) => (name === ALL || name.startsWith("CAP_") ? name : `CAP_${name}`));
  return names.includes(ALL) ? [ALL] : [...new Set(names)].sort();
}

export function readCapabilities(
  add: readonly string[],
  drop: readonly string[],
): { added: string[]; dropped: string[] } {
  const added = kernelNames(add);
  return { added, dropped: kernelNames(drop).filter((name) => !added.includes(name)) };
}
