// Git repositories as contexts and as sources of ADD, fetched by the host's git.
import { realpathSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { BerthError } from "../../../api/errors.ts";
import type { EngineServices } from "../engine-services.ts";
import type { BuildSession } from "../session.ts";
import { forwardAgent } from "../steps/ssh-agent.ts";

export interface GitSource {
  remote: string;
  /** A branch, a tag or a commit; "HEAD" is the default branch. */
  reference: string;
  /** "" is the root of the repository. */
  subdirectory: string;
}

export interface GitAccess {
  services: EngineServices;
  session: BuildSession;
  signal: AbortSignal;
}

const TIMEOUT_MS = 30 * 60_000;
const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** A repository's configuration must not make git read other local files or run programs. */
const SAFE = {
  "protocol.file.allow": "never",
  "core.hooksPath": "/dev/null",
  "core.fsmonitor": "false",
};

/** Whether a URL is a git repository, by BuildKit's rules. */
export const isGitUrl = (text: string): boolean =>
  /^https?:\/\/[^?#]*\.git(?:[?#].*)?$/.test(text) || /^(?:git|ssh):\/\//.test(text) || /^[\w.-]+@[^:/]+:/.test(text);

/** Parses "https://host/x.git#branch:directory" or "https://host/x.git?ref=v1&subdir=a". @throws BerthError */
export function parseGitSource(text: string): GitSource {
  const [address = "", fragment = ""] = text.split(/#(.*)/s);
  const [remote = "", query = ""] = address.split(/\?(.*)/s);
  const fields = new URLSearchParams(query);
  const [ofFragment = "", subdirectory = ""] = fragment.split(/:(.*)/s);
  const named = ["ref", "branch", "tag", "commit"].map((name) => fields.get(name) ?? "").find((value) => value !== "");
  const reference = named ?? ofFragment;
  if (reference.startsWith("-")) throw new BerthError("invalidParameter", `invalid git reference: ${reference}`);
  return { remote, reference: reference || "HEAD", subdirectory: fields.get("subdir") ?? subdirectory };
}

/** Resolves a source to a commit. @throws BerthError */
export async function resolveCommit({ remote, reference }: GitSource, access: GitAccess): Promise<string> {
  if (COMMIT.test(reference)) return reference;
  return withGit(remote, access, async (git) => {
    const names = [`refs/heads/${reference}`, `refs/tags/${reference}^{}`, `refs/tags/${reference}`, reference];
    const lines = (await git("/", "ls-remote", "--", remote)).split("\n").map((line) => line.split("\t"));
    const commit = names.flatMap((name) => lines.find(([, found]) => found === name)?.[0] ?? [])[0];
    if (commit !== undefined) return commit;
    throw new BerthError("notFound", `repository does not contain ref ${reference}, output: ""`);
  });
}

/**
 * Fetches a source into the new directory `directory`; returns the path of the requested subdirectory.
 * @throws BerthError
 */
export async function fetchRepository(
  source: GitSource,
  directory: string,
  { keepsGitDirectory }: { keepsGitDirectory: boolean },
  access: GitAccess,
): Promise<string> {
  const { remote, reference } = source;
  await withGit(remote, access, async (git) => {
    await git("/", "init", "--quiet", "--", directory);
    await git(directory, "remote", "add", "origin", "--", remote);
    try {
      await git(directory, "fetch", "--quiet", "--depth", "1", "origin", "--", reference);
    } catch {
      // A static web server does not support shallow fetches.
      access.signal.throwIfAborted();
      await git(directory, "fetch", "--quiet", "--tags", "origin");
    }
    const isFetched = !COMMIT.test(reference);
    await git(directory, "checkout", "--quiet", isFetched ? "FETCH_HEAD" : reference).catch(() =>
      git(directory, "checkout", "--quiet", reference),
    );
    await git(directory, "submodule", "update", "--init", "--recursive", "--depth=1");
  });
  if (!keepsGitDirectory) rmSync(join(directory, ".git"), { recursive: true, force: true });
  return within(directory, source.subdirectory);
}

type Git = (directory: string, ...words: string[]) => Promise<string>;

/** Runs `work` with the client's credentials for the remote. */
async function withGit<T>(remote: string, access: GitAccess, work: (git: Git) => Promise<T>): Promise<T> {
  if (!Bun.which("git")) throw new BerthError("unavailable", "git is not installed on the engine's host");
  const isSsh = /^ssh:\/\/|^[\w.-]+@[^:/]+:/.test(remote);
  const mount = { id: "default", isRequired: false, uid: 0, gid: 0, mode: undefined };
  const agent = isSsh ? await forwardAgent(access, mount) : undefined;
  try {
    const env = { ...(await credentialVariables(remote, access)), ...(agent ? { SSH_AUTH_SOCK: agent.path } : {}) };
    return await work((directory, ...words) => runGit(directory, words, env, access.signal));
  } finally {
    agent?.close();
  }
}

async function runGit(
  directory: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const run = Bun.spawn(["git", ...words], {
    cwd: directory,
    env: { PATH: process.env.PATH ?? "", LANG: "C", ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  });
  const [stdout, stderr, code] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited]);
  signal.throwIfAborted();
  if (code === 0) return stdout;
  const shown = words.filter((word) => word !== "--").join(" ");
  throw new BerthError("internal", `failed to fetch remote: git ${shown}: exit status ${code}: ${stderr.trim()}`);
}

/** Passes settings to git in its environment, because all users of the host can see its arguments. */
async function credentialVariables(remote: string, { session, signal }: GitAccess): Promise<Record<string, string>> {
  const settings: Record<string, string> = { ...SAFE };
  const host = /^https?:\/\//.test(remote) ? new URL(remote).host : "";
  if (host !== "") {
    const authorization = await authorizationFor(host, session, signal);
    if (authorization !== undefined) {
      settings[`http.${new URL(remote).origin}/.extraheader`] = `Authorization: ${authorization}`;
    }
  }
  const entries = Object.entries(settings);
  return {
    GIT_TERMINAL_PROMPT: "0",
    GIT_PROTOCOL_FROM_USER: "0",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_SSH_COMMAND: "ssh -F /dev/null -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=/dev/null",
    GIT_CONFIG_COUNT: String(entries.length),
    ...Object.fromEntries(
      entries.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}

/** The client's secrets of these names. Source: Docker's documentation, "Git authentication for remote contexts". */
async function authorizationFor(host: string, session: BuildSession, signal: AbortSignal): Promise<string | undefined> {
  const secret = async (name: string): Promise<string | undefined> => {
    const value = (await session.secret(`${name}.${host}`, signal)) ?? (await session.secret(name, signal));
    return value && Buffer.from(value).toString().trim();
  };
  const header = await secret("GIT_AUTH_HEADER");
  if (header !== undefined) return header;
  const token = await secret("GIT_AUTH_TOKEN");
  return token && `basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
}

/** The subdirectory may be a link that leaves the repository. */
function within(top: string, subdirectory: string): string {
  const wanted = join(top, subdirectory);
  const found = statSync(wanted, { throwIfNoEntry: false });
  const real = found ? realpathSync(wanted) : wanted;
  const root = realpathSync(top);
  const isInside = real === root || real.startsWith(`${root}/`);
  if (found?.isDirectory() && isInside) return real;
  throw new BerthError("notFound", `subdir ${JSON.stringify(subdirectory)} is not a directory of the repository`);
}
