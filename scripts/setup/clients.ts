// Installs third-party clients, and Docker itself, for tests that use them with Berth or compare Berth with them.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { must, note, program, say } from "../step.ts";
import { repository } from "./program.ts";

/** The programs extracted from Debian's packages: the `docker` command, and the reference engine. */
const dockerPrograms: Readonly<Record<string, readonly string[]>> = {
  "docker.io": ["usr/bin/docker", "usr/sbin/dockerd"],
  containerd: ["usr/bin/containerd", "usr/bin/containerd-shim-runc-v2"],
  runc: ["usr/sbin/runc"],
};

/**
 * Extracts Docker's programs from the packages without installing them: the machine must not run a second engine with
 * its own firewall rules. Returns a directory for the PATH with the programs that the machine lacks.
 */
export async function fetchDocker(): Promise<string> {
  const directory = join(repository, "dist", "docker");
  for (const [name, paths] of Object.entries(dockerPrograms)) {
    const missing = paths.filter((path) => Bun.which(basename(path)) === null);
    if (missing.every((path) => existsSync(join(directory, basename(path))))) continue;
    say(`fetching ${missing.map((path) => basename(path)).join(" and ")} from Debian's ${name} package`);
    await takeOut(name, missing, directory);
  }
  linkInit(directory);
  return directory;
}

/** docker.io links its docker-init to tini, which the engine's own setup installs. */
function linkInit(directory: string): void {
  const link = join(directory, "docker-init");
  const tini = "/usr/bin/tini-static";
  if (Bun.which("docker-init") !== null || existsSync(link) || !existsSync(tini)) return;
  mkdirSync(directory, { recursive: true });
  symlinkSync(tini, link);
}

export const debianDocker = join(repository, "dist", "debian", "docker");

/**
 * Debian's `docker` command, which has a built-in BuildKit client, in addition to any newer one on the machine: a
 * separate directory, not for the PATH.
 */
export async function fetchDebianDocker(): Promise<void> {
  const directory = dirname(debianDocker);
  if (existsSync(debianDocker)) return;
  say("fetching the docker command from Debian's docker.io package");
  await takeOut("docker.io", ["usr/bin/docker"], directory);
}

async function takeOut(name: string, paths: readonly string[], directory: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), "berth-docker-"));
  try {
    const download = await program(["apt-get", "download", name], { cwd: work });
    const packed = readdirSync(work).find((file) => file.endsWith(".deb"));
    if (download.code !== 0 || packed === undefined) {
      note(`the download failed, the tests that need it are skipped: ${download.output.trim().split("\n").at(-1)}`);
      return;
    }
    await must(["dpkg-deb", "--extract", join(work, packed), join(work, "files")]);
    mkdirSync(directory, { recursive: true });
    for (const path of paths) copyFileSync(join(work, "files", path), join(directory, basename(path)));
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** The Node clients in test/clients/node, from that folder's lock file. */
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
