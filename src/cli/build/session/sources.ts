// `--ssh`: the SSH agents that build steps may use.
import { existsSync, readFileSync, statSync } from "node:fs";
import { FlagValueError } from "../../flags/flag.ts";
import { failureText } from "../../report.ts";

export const DEFAULT_ID = "default";

/** The source of an agent: its socket, or keys for a new agent of this build. */
export type SshSource = { type: "socket"; path: string } | { type: "keys"; paths: readonly string[] };

/** Parses "ID[=SOCKET|KEY[,KEY…]]" and appends it. @throws FlagValueError in buildx's words */
export function readSsh(given: string, previous: ReadonlyMap<string, SshSource>): ReadonlyMap<string, SshSource> {
  const [id = DEFAULT_ID, paths] = given.split(/=(.*)/s);
  return new Map([...previous, [id, sourceOf(id, paths?.split(",") ?? [])]]);
}

function sourceOf(id: string, paths: readonly string[]): SshSource {
  const refuse = (reason: string): FlagValueError =>
    new FlagValueError(`failed to convert agent config {${id} [${paths.join(" ")}] false}: ${reason}`);
  const [first] = paths;
  if (first === undefined) {
    const path = process.env.SSH_AUTH_SOCK ?? "";
    if (path !== "") return { type: "socket", path };
    throw refuse("invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set");
  }
  const about = `failed to convert agent config for ID: "${id}": `;
  for (const path of paths) {
    if (!existsSync(path)) throw refuse(`${about}stat ${path}: no such file or directory`);
    if (!statSync(path).isSocket()) readKey(path, (reason) => refuse(about + reason));
    else if (paths.length > 1) throw refuse(`${about}invalid mix of keys and sockets`);
  }
  return statSync(first).isSocket() ? { type: "socket", path: first } : { type: "keys", paths };
}

/** Fails before the build starts when a file is no key. */
function readKey(path: string, refuse: (reason: string) => FlagValueError): void {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (thrown) {
    throw refuse(`failed to read ${path}: ${failureText(thrown)}`);
  }
  if (!text.includes("PRIVATE KEY-----")) throw refuse(`failed to parse ${path}: ssh: no key found`);
}
