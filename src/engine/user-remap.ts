// `userns-remap`: the subordinate IDs of containers. Source: subuid(5).
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { BerthError } from "../api/errors.ts";
import { parseGroup, parsePasswd } from "../linux/accounts.ts";
import type { IdRange } from "../linux/user-namespace.ts";
import type { IdMappings } from "../storage/user-mapping.ts";
import type { HostConfiguration } from "./containers/configuration/host-configuration.ts";

/** Docker's name for "default". */
const DEFAULT_USER = "dockremap";

/**
 * Parses "default", "user", "user:group" or IDs in their place; undefined for "".
 * @throws BerthError invalidParameter if the host has no such user or no ranges for it
 */
export function readUserRemap(setting: string): IdMappings | undefined {
  if (setting === "") return undefined;
  const [user = "", group = user] = (setting === "default" ? DEFAULT_USER : setting).split(":", 2);
  return {
    uids: rangesOf(nameOf(user, passwdNames), user, "/etc/subuid"),
    gids: rangesOf(nameOf(group, groupNames), group, "/etc/subgid"),
  };
}

/**
 * The containers' root user must reach the data root: each directory above it must be executable by others.
 * @throws BerthError invalidParameter in Docker's words
 */
export function checkTraversal(dataRoot: string): void {
  const parts = dirname(dataRoot)
    .split("/")
    .filter((part) => part !== "");
  for (const [index] of parts.entries()) {
    const directory = `/${parts.slice(0, index + 1).join("/")}`;
    if (((statSync(directory, { throwIfNoEntry: false })?.mode ?? 0o001) & 0o001) !== 0) continue;
    throw new BerthError(
      "invalidParameter",
      `a subdirectory in your graphroot path (${directory}) restricts access to the remapped root uid/gid; please fix by allowing 'o+x' permissions on existing directories`,
    );
  }
}

/** The ranges of a user in the text of subuid or subgid, mapped consecutively from 0. */
export function subordinateRanges(text: string, names: readonly string[]): IdRange[] {
  const ranges: IdRange[] = [];
  let inside = 0;
  for (const line of text.split("\n")) {
    const [owner = "", start = "", count = ""] = line.trim().split(":");
    const [outside, size] = [Number(start), Number(count)];
    if (!names.includes(owner) || !(outside > 0) || !(size > 0)) continue;
    ranges.push({ inside, outside, size });
    inside += size;
  }
  return ranges;
}

function rangesOf(name: string, asked: string, path: string): IdRange[] {
  const ranges = subordinateRanges(existsSync(path) ? readFileSync(path, "utf8") : "", [name, asked]);
  if (ranges.length > 0) return ranges;
  throw new BerthError(
    "invalidParameter",
    `userns-remap: no ranges for "${asked}" in ${path}: add a line such as "${name}:100000:65536"`,
  );
}

/** The name of a numeric ID; names are returned unchanged. */
function nameOf(word: string, namesById: () => ReadonlyMap<number, string>): string {
  return /^\d+$/.test(word) ? (namesById().get(Number(word)) ?? word) : word;
}

/** The first entry of an ID counts. */
const byId = (entries: readonly (readonly [number, string])[]): ReadonlyMap<number, string> =>
  new Map(entries.toReversed());

const passwdNames = () =>
  byId(parsePasswd(readFileSync("/etc/passwd", "utf8")).map(({ uid, name }) => [uid, name] as const));

const groupNames = () =>
  byId(parseGroup(readFileSync("/etc/group", "utf8")).map(({ gid, name }) => [gid, name] as const));

/** Refuses options that do not work in a user namespace. @throws BerthError invalidParameter in Docker's words */
export function refuseWithUserRemap(hostConfig: HostConfiguration): void {
  const { usernsMode, privileged, networkMode, pidMode } = hostConfig;
  if (usernsMode === "host") return;
  const refuse = (message: string): never => {
    throw new BerthError("invalidParameter", message);
  };
  if (privileged) {
    refuse(
      "privileged mode is incompatible with user namespaces.  You must run the container in the host namespace when running privileged mode",
    );
  }
  if (networkMode === "host") refuse("cannot share the host's network namespace when user namespaces are enabled");
  if (pidMode === "host") refuse("cannot share the host PID namespace when user namespaces are enabled");
}
