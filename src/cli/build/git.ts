// A git repository as build context, fetched by the local git.
import { realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { CommandError } from "../failure.ts";
import { temporaryDirectory } from "./temporary.ts";

interface Repository {
  remote: string;
  /** A branch, tag or commit; "HEAD" is the default branch. */
  reference: string;
  /** "" is the root of the repository. */
  subdirectory: string;
}

/** Detects git URLs as Docker does: "….git#branch:directory" of a web address, or one of git's own schemes. */
export function isGitAddress(text: string): boolean {
  return /^https?:\/\/.*\.git(?:#.+)?$/.test(text) || /^(?:git:\/\/|ssh:\/\/|git@|github\.com\/)/.test(text);
}

export function parseRepository(text: string): Repository {
  const [address = "", fragment = ""] = text.split(/#(.*)/s);
  const [reference = "", subdirectory = ""] = fragment.split(/:(.*)/s);
  if (reference.startsWith("-")) throw new CommandError(`unable to prepare context: invalid refspec: ${reference}`);
  const remote = /^(?:git@|[a-z]+:\/\/)/.test(address) ? address : `https://${address}`;
  return { remote, reference: reference || "HEAD", subdirectory };
}

/** A repository must not make git read other local files. */
const SAFE = ["-c", "protocol.file.allow=never"];

async function git(directory: string, ...words: string[]): Promise<{ ok: boolean; output: string }> {
  const run = Bun.spawn(["git", ...SAFE, ...words], {
    cwd: directory,
    env: { ...process.env, GIT_PROTOCOL_FROM_USER: "0" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited]);
  return { ok: code === 0, output: `${stdout}${stderr}`.trim() };
}

function failure(what: string, output: string): CommandError {
  return new CommandError(
    `unable to prepare context: unable to 'git clone' to temporary context directory: ${what}: ${output}`,
  );
}

async function fetchCommit(directory: string, { remote, reference }: Repository): Promise<void> {
  const made = await git(directory, "init");
  if (!made.ok) throw failure("failed to init repo", made.output);
  const added = await git(directory, "remote", "add", "origin", "--", remote);
  if (!added.ok) throw failure("failed add origin repo", added.output);
  const shallow = await git(directory, "fetch", "--depth", "1", "origin", "--", reference);
  // A static web server does not support shallow fetches.
  const fetched = shallow.ok ? shallow : await git(directory, "fetch", "origin", "--", reference);
  if (!fetched.ok) throw failure("error fetching", fetched.output);
  const named = await git(directory, "checkout", reference);
  const checked = named.ok ? named : await git(directory, "checkout", "FETCH_HEAD");
  if (!checked.ok) throw failure(`error checking out ${reference}`, checked.output);
  const modules = await git(directory, "submodule", "update", "--init", "--recursive", "--depth=1");
  if (!modules.ok) throw failure("error initializing submodules", modules.output);
}

/** The directory that the URL names, in a copy of the repository. @throws CommandError */
export async function fetchRepository(text: string): Promise<string> {
  if (!Bun.which("git")) {
    throw new CommandError(
      "unable to prepare context: unable to find 'git': exec: \"git\": executable file not found in $PATH",
    );
  }
  const repository = parseRepository(text);
  const top = realpathSync(temporaryDirectory());
  await fetchCommit(top, repository);
  return within(top, repository.subdirectory);
}

function within(top: string, subdirectory: string): string {
  const wanted = join(top, subdirectory);
  const found = statSync(wanted, { throwIfNoEntry: false });
  const real = found ? realpathSync(wanted) : wanted;
  if (real !== top && !real.startsWith(`${top}/`)) {
    throw failure("error setting git context", `"${subdirectory}" not within git root`);
  }
  if (!found?.isDirectory()) throw failure("error setting git context", `not a directory: ${subdirectory}`);
  return real;
}
