// The disk image of the virtual machine: Debian with its own kernel and the packages for engine and tests, built once
// and kept in dist/vm.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildDebianRoot } from "../setup/debian.ts";
import { enginePackages, imagePackages, testPackages } from "../setup/packages.ts";
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

const SIZE = "4G";

/** Packages of a bootable system. */
const systemPackages = ["linux-image-cloud-amd64", "systemd-sysv", "udev", "dbus", "kmod", "openssh-server"];
/** Programs that only tests of a whole machine need. */
const subjectPackages = ["apparmor", "iptables", "ufw", "firewalld", "python3-minimal"];
/** Large packages that the tests in the machine do not need. */
const leftOut = ["chromium", "docker-compose", "docker-registry", "postgresql-15", "python3-docker", "skopeo"];
/** Services that packages enable and no test expects. Tests of ufw and firewalld start them. */
const disabledServices = ["firewalld", "ufw", "nginx", "rsyslog", "apt-daily.timer", "apt-daily-upgrade.timer"];
/** What the initial filesystem needs to mount the root filesystem; all of Debian's modules take long to unpack. */
const initialModules = ["virtio_pci", "virtio_blk", "ext4"];

const packages = [
  ...systemPackages,
  ...subjectPackages,
  ...[...enginePackages, ...imagePackages, ...testPackages].map((requirement) => requirement.package),
].filter((name) => !leftOut.includes(name));

const networkSettings = "[Match]\nDriver=virtio_net\n[Network]\nDHCP=ipv4\n";

/** Builds the image unless one with these packages and this recipe exists. */
export async function makeImage(): Promise<void> {
  const stamp = join(directory, "made-by");
  const recipe = `${packages.join(" ")}\n${readFileSync(import.meta.path, "utf8")}`;
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === recipe) return;
  say("building the disk of the virtual machine with mmdebstrap (a minute or two)");
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
    `chroot "$1" systemctl disable ${disabledServices.join(" ")}`,
    `printf '%s\\n' ${initialModules.join(" ")} >> $1/etc/initramfs-tools/modules`,
    "echo MODULES=list > $1/etc/initramfs-tools/conf.d/modules",
    'chroot "$1" update-initramfs -u',
  ].map((line) => `--customize-hook=${line}`);
  await buildDebianRoot(root, packages, hooks);
  copyFileSync(join(root, "boot", bootFile(root, "vmlinuz-")), image.kernel);
  copyFileSync(join(root, "boot", bootFile(root, "initrd.img-")), image.initialFiles);
  await must(["mke2fs", "-q", "-t", "ext4", "-d", root, image.disk, SIZE]);
  rmSync(root, { recursive: true });
  writeFileSync(stamp, recipe);
}

function bootFile(root: string, prefix: string): string {
  const found = readdirSync(join(root, "boot")).find((name) => name.startsWith(prefix));
  if (found === undefined) throw new Error(`no ${prefix}… in ${root}/boot`);
  return found;
}
