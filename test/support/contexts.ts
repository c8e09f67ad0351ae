// A web server with build contexts: an archive, also compressed, a Dockerfile, and a git repository as files.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, normalize } from "node:path";
import { mustRun } from "./command.ts";

export const gitIsInstalled = Bun.which("git") !== null;

export interface ContextServer extends AsyncDisposable {
  /** "127.0.0.1:PORT" */
  host: string;
  dispose(): Promise<void>;
}

const dockerfile = (word: string): string => `FROM busybox\nCOPY . /files/\nRUN ls /files; echo ${word}\n`;

/** The branch "master" has a Dockerfile, "branch" one in `sub` as well. */
async function makeRepository(directory: string): Promise<void> {
  const git = (...words: string[]) => mustRun(["git", ...words], { cwd: join(directory, "work") });
  mkdirSync(join(directory, "work", "sub"), { recursive: true });
  await git("init", "--initial-branch=master");
  await git("config", "user.email", "nobody@example.org");
  await git("config", "user.name", "nobody");
  writeFileSync(join(directory, "work", "Dockerfile"), "FROM busybox\nRUN echo master\n");
  await git("add", ".");
  await git("commit", "--message", "first");
  await git("checkout", "-b", "branch");
  writeFileSync(join(directory, "work", "sub", "Dockerfile"), dockerfile("branch"));
  await git("add", ".");
  await git("commit", "--message", "second");
  await git("checkout", "master");
  await git("clone", "--bare", ".", join(directory, "repository.git"));
  await mustRun(["git", "update-server-info"], { cwd: join(directory, "repository.git") });
}

export async function startContextServer(): Promise<ContextServer> {
  const directory = mkdtempSync(join(tmpdir(), "berth-contexts-"));
  mkdirSync(join(directory, "context"));
  for (const [name, text] of Object.entries({
    Dockerfile: dockerfile("usual"),
    other: dockerfile("other"),
    file: "x",
  })) {
    writeFileSync(join(directory, "context", name), text);
  }
  writeFileSync(join(directory, "Dockerfile"), "FROM busybox\nRUN echo alone\n");
  const archive = ["--create", `--directory=${join(directory, "context")}`, "."];
  await mustRun(["tar", `--file=${join(directory, "context.tar")}`, ...archive]);
  await mustRun(["tar", "--gzip", `--file=${join(directory, "context.tar.gz")}`, ...archive]);
  if (gitIsInstalled) await makeRepository(directory);
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch({ url }) {
      const file = Bun.file(join(directory, normalize(new URL(url).pathname)));
      return (await file.exists()) ? new Response(file) : new Response("there is no such thing\n", { status: 404 });
    },
  });
  const dispose = async (): Promise<void> => {
    await server.stop(true);
    rmSync(directory, { recursive: true });
  };
  return { host: `127.0.0.1:${server.port}`, dispose, [Symbol.asyncDispose]: dispose };
}
