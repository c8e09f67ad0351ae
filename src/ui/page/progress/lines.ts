// Progress lines of long operations of the engine: pulls, pushes, loads, builds.
import type { ProgressLine, RegistryCredentials } from "../../../api/images.ts";
import { jsonLines } from "../../../client/streams.ts";
import { type RequestOptions, request } from "../engine/requests.ts";

/**
 * Sends a request and reports each line of the answer.
 * @throws Error with the engine's message, also when the operation fails later
 */
export async function runWithProgress(
  path: string,
  options: RequestOptions,
  onLine: (line: ProgressLine) => void,
): Promise<void> {
  const { body } = await request("POST", path, options);
  if (!body) return;
  for await (const line of jsonLines<ProgressLine>(body)) {
    const problem = line.errorDetail?.message ?? line.error;
    if (problem !== undefined) throw new Error(problem);
    onLine(line);
  }
}

/** The header with a registry's credentials, which some engines require even when empty. */
export function registryHeaders(credentials: RegistryCredentials): Record<string, string> {
  const text = String.fromCharCode(...new TextEncoder().encode(JSON.stringify(credentials)));
  return { "x-registry-auth": btoa(text).replaceAll("+", "-").replaceAll("/", "_") };
}

/** Splits a name into `fromImage` and `tag`; without tag or digest it gets "latest". */
export function splitReference(name: string): { repository: string; tag: string } {
  const digest = name.indexOf("@");
  if (digest >= 0) return { repository: name.slice(0, digest), tag: name.slice(digest + 1) };
  const colon = name.indexOf(":", name.lastIndexOf("/") + 1);
  return colon < 0
    ? { repository: name, tag: "latest" }
    : { repository: name.slice(0, colon), tag: name.slice(colon + 1) };
}
