// Addresses of git repositories: "https://host/x.git#branch:directory", "https://host/x.git?ref=v1&subdir=a".
// Source: moby/buildkit, frontend/dockerfile/dfgitutil/git_ref.go.
import { BerthError } from "../../../api/errors.ts";

export interface GitSource {
  remote: string;
  /** A branch, a tag or a commit; "" is the default branch. */
  reference: string;
  /** The expected commit or the beginning of it; "" for any. */
  checksum: string;
  /** "" is the root of the repository. */
  subdirectory: string;
  /** Undefined when the address does not say. */
  keepsGitDirectory: boolean | undefined;
  hasSubmodules: boolean;
  /** Whether the commit is fetched without a look at the reference. */
  isByCommit: boolean;
}

/** Whether a URL is a git repository, by BuildKit's rules. */
export const isGitUrl = (text: string): boolean =>
  /^https?:\/\/[^?#]*\.git(?:[?#].*)?$/.test(text) || /^(?:git|ssh):\/\//.test(text) || /^[\w.-]+@[^:/]+:/.test(text);

const SWITCHES = ["submodules", "keep-git-dir", "fetch-by-commit"];

/** @throws BerthError invalidParameter in BuildKit's words */
export function parseGitSource(text: string): GitSource {
  const [address = "", fragment = ""] = text.split(/#(.*)/s);
  const [remote = "", query = ""] = address.split(/\?(.*)/s);
  const [ofFragment = "", ofSubdirectory = ""] = fragment.split(/:(.*)/s);
  const fields = queryFields(query);
  const tag = qualified("refs/tags/", fields.get("tag"));
  const branch = qualified("refs/heads/", fields.get("branch"));
  if (tag !== "" && branch !== "") throw wrong("branch conflicts with tag");
  const reference = agreed("ref", [ofFragment, fields.get("ref") ?? "", tag, branch]);
  if (reference.startsWith("-")) throw wrong(`invalid git reference: ${reference}`);
  const checksum = fields.get("checksum") ?? fields.get("commit") ?? "";
  const isByCommit = isOn("fetch-by-commit", fields) ?? false;
  if (isByCommit && !isCommit(checksum)) {
    throw wrong(`fetch-by-commit requires a full commit SHA checksum, got ${JSON.stringify(checksum)}`);
  }
  return {
    remote,
    reference,
    checksum,
    subdirectory: agreed("subdir", [ofSubdirectory, fields.get("subdir") ?? ""]),
    keepsGitDirectory: isOn("keep-git-dir", fields),
    hasSubmodules: isOn("submodules", fields) ?? true,
    isByCommit,
  };
}

/** Whether it is a whole SHA-1 or SHA-256. */
export const isCommit = (text: string): boolean => /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(text);

const NAMES = ["ref", "tag", "branch", "subdir", "checksum", "commit", ...SWITCHES];

function queryFields(query: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (fields.has(name)) throw wrong(`query ${JSON.stringify(name)} has multiple values`);
    if (name === "mtime" && value === "checkout") continue;
    if (name === "mtime") throw new BerthError("notImplemented", "the query mtime is not supported by this engine");
    if (!NAMES.includes(name)) throw wrong(`unexpected query ${JSON.stringify(name)}`);
    if (value === "" && !SWITCHES.includes(name)) throw wrong(`query ${JSON.stringify(name)} has no value`);
    fields.set(name, value);
  }
  return fields;
}

function isOn(name: string, fields: ReadonlyMap<string, string>): boolean | undefined {
  const value = fields.get(name);
  if (value === undefined) return undefined;
  if (/^(?:|1|t|true)$/i.test(value)) return true;
  if (/^(?:0|f|false)$/i.test(value)) return false;
  throw wrong(`invalid ${name} value: ${JSON.stringify(value)}`);
}

const qualified = (prefix: string, name = ""): string =>
  name === "" || name.startsWith(prefix) ? name : `${prefix}${name}`;

/** The one value that is given, maybe several times. */
function agreed(name: string, values: readonly string[]): string {
  const [first = "", ...others] = values.filter((value) => value !== "");
  const other = others.find((value) => value !== first);
  if (other === undefined) return first;
  throw wrong(`${name} conflicts: ${JSON.stringify(first)} vs ${JSON.stringify(other)}`);
}

const wrong = (message: string): BerthError => new BerthError("invalidParameter", message);
