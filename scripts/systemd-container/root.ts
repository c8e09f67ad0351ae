// The root filesystem of systemd containers: a minimal Debian with systemd and the shells and readers that packages
// serve. It is built once and kept in dist/systemd.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildDebianRoot } from "../setup/debian.ts";
import { enginePackages, imagePackages } from "../setup/packages.ts";
import { repository } from "../setup/program.ts";
import { say } from "../step.ts";

export const directory = join(repository, "dist", "systemd");
export const pristineRoot = join(directory, "root");

const packages = [
  ...["systemd-sysv", "apparmor", "bash-completion", "ca-certificates", "curl", "fish", "man-db", "procps", "zsh"],
  ...imagePackages.map((requirement) => requirement.package),
];

/** What apt installs in the tests. A container has no network, so the files are in apt's cache already. */
const cached = [...enginePackages.map((requirement) => requirement.package), "xz-utils"];

const hooks = [
  `--customize-hook=chroot "$1" apt-get install --yes --install-recommends --download-only ${cached.join(" ")}`,
];

/** Builds the root filesystem unless one with these packages exists. */
export async function makeRoot(): Promise<void> {
  const stamp = join(directory, "made-by");
  const recipe = `${packages.join(" ")}\n${hooks.join("\n")}\n`;
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === recipe) return;
  say("building a root filesystem of Debian with systemd (a minute)");
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  await buildDebianRoot(pristineRoot, packages, ["--skip=cleanup/apt", ...hooks]);
  writeFileSync(stamp, recipe);
}
