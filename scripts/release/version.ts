// Versions of releases. Source: semver.org, without pre-releases.

const RELEASE = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;

/** Whether `version` is well-formed and comes after `current`. */
export function isNewer(version: string, current: string): boolean {
  const [, ...next] = RELEASE.exec(version) ?? [];
  const [, ...last] = RELEASE.exec(current) ?? [];
  if (next.length === 0 || last.length === 0) return false;
  for (const [index, text] of next.entries()) {
    const difference = Number(text) - Number(last[index]);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
