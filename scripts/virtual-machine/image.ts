// The disk image of the virtual machine: Debian with its own kernel and the packages for engine and tests, built once
// and kept in dist/vm.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { enginePackages, testPackages } from "../setup/packages.ts";
import { repository } from "../setup/program.ts";
import { must, say } from "../step.ts";

const directory = join(repository, "dist", "vm");

export const image = {
  disk: join(directory, "disk"),
  kernel: join(directory, "kernel"),
  initialFiles: join(directory, "initial-files"),
  /** SSH key of the machine's root user. */
  key: join(directory, "key"),
};

const SUITE = "bookworm";
const SIZE = "4G";

/** Packages of a bootable system. */
const systemPackages = ["linux-image-cloud-amd64", "systemd-sysv", "udev", "dbus", "kmod", "openssh-server"];
/** Packages of the machine that builds the image. */
const subjectPackages = ["apparmor", "iptables", "ufw", "firewalld", "python3-minimal"];
/** Large packages that the tests in the machine do not need. */
const leftOut = ["docker-compose", "docker-registry", "python3-docker", "skopeo"];

const packages = [
  ...systemPackages,
  ...subjectPackages,
  ...[...enginePackages, ...testPackages].map((requirement) => requirement.package),
].filter((name) => !leftOut.includes(name));

const networkSettings = "[Match]\nDriver=virtio_net\n[Network]\nDHCP=ipv4\n";

/** Builds the image unless one with these packages and this recipe exists. */
export async function makeImage(): Promise<void> {
  const stamp = join(directory, "made-by");
  const wanted = `${packages.join(" ")}\n${readFileSync(import.meta.path, "utf8")}`;
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  say("making the virtual machine's disk with mmdebstrap (a minute or two)");
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  await must(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", image.key]);
  const settings = join(directory, "network");
  writeFileSync(settings, networkSettings);
  const root = join(directory, "root");
  const hooks = [
    "mkdir -p $1/root/.ssh",
    `upload ${image.key}.pub /root/.ssh/authorized_keys`,
    `upload ${settings} /etc/systemd/network/80-vm.network`,
    'chroot "$1" systemctl enable systemd-networkd',
    // Tests of these services start them.
    'chroot "$1" systemctl disable firewalld ufw',
  ].map((line) => `--customize-hook=${line}`);
  const what = ["--mode=root", "--variant=minbase", `--include=${packages.join(",")}`];
  await must(["mmdebstrap", ...what, ...hooks, SUITE, root]);
  copyFileSync(join(root, "boot", named(root, "vmlinuz-")), image.kernel);
  copyFileSync(join(root, "boot", named(root, "initrd.img-")), image.initialFiles);
  await must(["mke2fs", "-q", "-t", "ext4", "-d", root, image.disk, SIZE]);
  rmSync(root, { recursive: true });
  writeFileSync(stamp, wanted);
}

function named(root: string, prefix: string): string {
  const found = readdirSync(join(root, "boot")).find((name) => name.startsWith(prefix));
  if (found === undefined) throw new Error(`no ${prefix}… in ${root}/boot`);
  return found;
}
