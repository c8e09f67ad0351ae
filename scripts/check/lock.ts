// Checks that the lock file is complete: npm omits packages for other platforms that its registry lacks, and `npm ci`
// then rejects the lock file everywhere.
import { isRecord } from "../json.ts";

/** Dependencies that the lock file (parsed JSON) refers to but does not contain. */
export function lockReport(lock: unknown): string[] {
  const packages = isRecord(lock) && isRecord(lock.packages) ? lock.packages : {};
  return Object.entries(packages).flatMap(([path, entry]) =>
    dependenciesOf(entry)
      .filter((name) => !isFoundFrom(path, name, packages))
      .map((name) => `package-lock.json: ${path || "the package"} needs ${name}, which has no entry`),
  );
}

function dependenciesOf(entry: unknown): string[] {
  if (!isRecord(entry)) return [];
  return [entry.dependencies, entry.devDependencies, entry.optionalDependencies].flatMap((names) =>
    isRecord(names) ? Object.keys(names) : [],
  );
}

/** Resolves as Node does: next to the package, then in its parents. */
function isFoundFrom(path: string, name: string, packages: Record<string, unknown>): boolean {
  for (let place = path; ; place = place.slice(0, Math.max(0, place.lastIndexOf("/node_modules/")))) {
    if (`${place === "" ? "" : `${place}/`}node_modules/${name}` in packages) return true;
    if (place === "") return false;
  }
}
