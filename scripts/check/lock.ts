// The lock file is whole: npm leaves packages for other platforms out of it when its registry lacks them, and `npm ci`
// then refuses that lock file on every machine.
import { isRecord } from "../json.ts";

/** Dependencies that the lock file (its parsed JSON) names and does not have. */
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

/** Looks where Node would: beside the package, then outwards. */
function isFoundFrom(path: string, name: string, packages: Record<string, unknown>): boolean {
  for (let place = path; ; place = place.slice(0, Math.max(0, place.lastIndexOf("/node_modules/")))) {
    if (`${place === "" ? "" : `${place}/`}node_modules/${name}` in packages) return true;
    if (place === "") return false;
  }
}
