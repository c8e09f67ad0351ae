// `--cap-add` and `--cap-drop`: normalized to kernel names without duplicates; an added capability is not dropped.

const ALL = "ALL";

/** "sys_time" becomes "CAP_SYS_TIME"; "ALL" replaces all others. */
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
