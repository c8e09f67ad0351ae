// Compose files in git repositories, addressed as in `berth build` and fetched by the local git.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fetchRepository, isGitAddress } from "../../build/git.ts";
import { CommandError } from "../../failure.ts";

const FILE_NAMES = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

const fetched = new Map<string, Promise<string>>();

/** "….git#branch:directory/compose.yaml" names a file, any other address a directory with one. */
async function fetchFile(address: string): Promise<string> {
  const [, directory = address, file] = /^(.*#[^:]*(?::.*(?=\/)|(?=:)))[:/]([^/:]+\.ya?ml)$/.exec(address) ?? [];
  const place = await fetchRepository(directory);
  const names = file === undefined ? FILE_NAMES : [file];
  const found = names.map((name) => join(place, name)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new CommandError(`no Compose file found in ${address}`);
}

/** The local copy of a file with a git address; undefined for any other name. @throws CommandError */
export async function fetchedFile(name: string): Promise<string | undefined> {
  if (!isGitAddress(name)) return undefined;
  const known = fetched.get(name) ?? fetchFile(name);
  fetched.set(name, known);
  return known;
}
