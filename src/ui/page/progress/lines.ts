// The progress that the engine tells of a long piece of work: pulls, pushes, loads, builds.
import type { ProgressLine, RegistryCredentials } from "../../../api/images.ts";
import { jsonLines } from "../../../client/streams.ts";
import { type RequestOptions, request } from "../engine/requests.ts";

/**
 * Runs a request and passes on each line of its answer.
 * @throws Error with the engine's message, also when the work fails after it began
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

/** The header of the credentials for a registry, which some engines expect even without any. */
export function registryHeaders(credentials: RegistryCredentials): Record<string, string> {
  const text = String.fromCharCode(...new TextEncoder().encode(JSON.stringify(credentials)));
  return { "x-registry-auth": btoa(text).replaceAll("+", "-").replaceAll("/", "_") };
}

/** Parts of a name for `fromImage` and `tag`: a name without either gets "latest". */
export function splitReference(name: string): { repository: string; tag: string } {
  const digest = name.indexOf("@");
  if (digest >= 0) return { repository: name.slice(0, digest), tag: name.slice(digest + 1) };
  const colon = name.indexOf(":", name.lastIndexOf("/") + 1);
  return colon < 0
    ? { repository: name, tag: "latest" }
    : { repository: name.slice(0, colon), tag: name.slice(colon + 1) };
}
