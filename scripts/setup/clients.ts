// Other people's clients, for the tests that drive Berth with them.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must, note, program, say } from "../step.ts";
import { repository } from "./program.ts";

/**
 * The real `docker` command. Debian packs it together with Docker's engine, which is not wanted on the machine: so only
 * that one file is taken out of the package. Gives a directory for the PATH in which it is, unless it cannot be had.
 */
export async function installDockerClient(): Promise<string> {
  const directory = join(repository, "dist", "clients");
  const client = join(directory, "docker");
  if (Bun.which("docker") !== null || existsSync(client)) return directory;
  say("fetching the docker command from Debian's docker.io package");
  const work = mkdtempSync(join(tmpdir(), "berth-docker-"));
  try {
    const download = await program(["apt-get", "download", "docker.io"], { cwd: work });
    const packed = readdirSync(work).find((name) => name.endsWith(".deb"));
    if (download.code !== 0 || packed === undefined) {
      note(`no docker command, the tests that need it are skipped: ${download.output.trim().split("\n").at(-1)}`);
      return directory;
    }
    await must(["dpkg-deb", "--extract", join(work, packed), join(work, "files")]);
    mkdirSync(directory, { recursive: true });
    copyFileSync(join(work, "files/usr/bin/docker"), client);
    return directory;
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** The Node clients of test/clients/node, from the lock file of that folder. */
export async function installNodeClients(): Promise<void> {
  const folder = join(repository, "test", "clients", "node");
  const lock = readFileSync(join(folder, "package-lock.json"), "utf8");
  const stamp = join(folder, "node_modules", ".installed-from");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  say("installing the Node clients that the tests use");
  const installed = await program(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder });
  if (installed.code === 0) writeFileSync(stamp, lock);
  else note(`no Node clients, the tests that need them are skipped: ${installed.output.trim().split("\n").at(-1)}`);
}
