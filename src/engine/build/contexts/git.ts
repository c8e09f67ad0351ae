// Git repositories as contexts and as sources of ADD, fetched by the host's git.
import { realpathSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { BerthError } from "../../../api/errors.ts";
import type { EngineServices } from "../engine-services.ts";
import type { BuildSession } from "../session.ts";
import { forwardAgent } from "../steps/ssh-agent.ts";
import { type GitSource, isCommit } from "./git-source.ts";

export interface GitAccess {
  services: EngineServices;
  session: BuildSession;
  signal: AbortSignal;
}

const TIMEOUT_MS = 30 * 60_000;

/** A repository's configuration must not make git read other local files or run programs. */
const SAFE = {
  "protocol.file.allow": "never",
  "core.hooksPath": "/dev/null",
  "core.fsmonitor": "false",
};

/** Resolves a source to a commit. @throws BerthError */
export async function resolveCommit(source: GitSource, access: GitAccess): Promise<string> {
  const { checksum } = source;
  if (source.isByCommit) return checksum;
  const commit = isCommit(source.reference) ? source.reference : await findCommit(source, access);
  if (commit.startsWith(checksum)) return commit;
  throw new BerthError("invalidParameter", `expected checksum to match ${checksum}, got ${commit}`);
}

function findCommit({ remote, reference }: GitSource, access: GitAccess): Promise<string> {
  return withGit(remote, access, async (git) => {
    const names =
      reference === ""
        ? ["HEAD"]
        : [
            `refs/heads/${reference}`,
            `refs/tags/${reference}^{}`,
            `refs/tags/${reference}`,
            `${reference}^{}`,
            reference,
          ];
    const lines = (await git("/", "ls-remote", "--", remote)).split("\n").map((line) => line.split("\t"));
    const commit = names.flatMap((name) => lines.find(([, found]) => found === name)?.[0] ?? [])[0];
    if (commit !== undefined) return commit;
    throw new BerthError("notFound", `repository does not contain ref ${reference}, output: ""`);
  });
}

/**
 * Fetches a commit of a source into the new directory `directory`; returns the path of the requested subdirectory.
 * @throws BerthError
 */
export async function fetchRepository(
  source: GitSource,
  commit: string,
  directory: string,
  { keepsGitDirectory }: { keepsGitDirectory: boolean },
  access: GitAccess,
): Promise<string> {
  const { remote, hasSubmodules } = source;
  // A server need not give out a commit by its hash, but always a branch or a tag.
  const fetched = source.isByCommit || source.reference === "" ? commit : source.reference;
  await withGit(remote, access, async (git) => {
    await git("/", "init", "--quiet", ...objectFormat(commit), "--", directory);
    await git(directory, "remote", "add", "origin", "--", remote);
    try {
      await git(directory, "fetch", "--quiet", "--depth=1", "origin", "--", fetched);
      await git(directory, "checkout", "--quiet", commit);
    } catch {
      // A static web server does not support shallow fetches.
      access.signal.throwIfAborted();
      await git(directory, "fetch", "--quiet", "--tags", "--force", "origin", "+refs/heads/*:refs/remotes/origin/*");
      await git(directory, "checkout", "--quiet", commit);
    }
    if (!hasSubmodules) return;
    const submodules = ["submodule", "update", "--init", "--recursive"];
    await git(directory, ...submodules, "--depth=1").catch(() => git(directory, ...submodules));
  });
  if (!keepsGitDirectory) rmSync(join(directory, ".git"), { recursive: true, force: true });
  return within(directory, source.subdirectory);
}

const SHA1_LENGTH = 40;

const objectFormat = (commit: string): string[] => (commit.length > SHA1_LENGTH ? ["--object-format=sha256"] : []);

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
