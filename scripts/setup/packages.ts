// System packages that Berth and its tests need, and their installation on Debian.
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { note, program, StepError, say } from "../step.ts";

interface Requirement {
  /** The Debian package. */
  package: string;
  /** Whether it is installed. */
  present(): boolean;
}

const inPath = (name: string) => () => Bun.which(name, { PATH: `${process.env.PATH}:/usr/sbin:/sbin` }) !== null;

const hasLibrary = (name: string) => () =>
  ["x86_64", "aarch64"].some((machine) => existsSync(`/lib/${machine}-linux-gnu/${name}`));

/** Required by the engine. */
export const enginePackages: Requirement[] = [
  { package: "conmon", present: inPath("conmon") },
  { package: "crun", present: inPath("crun") },
  { package: "nftables", present: inPath("nft") },
  { package: "procps", present: inPath("ps") },
  { package: "tini", present: () => existsSync("/usr/bin/tini-static") },
];

/** Required by `npm start`, for the image of its container when no registry is reachable, and by the tests. */
export const imagePackages: Requirement[] = [{ package: "busybox-static", present: busyboxIsStatic }];

/** Required by the tests. */
export const testPackages: Requirement[] = [
  { package: "bind9-dnsutils", present: inPath("dig") },
  { package: "buildah", present: inPath("buildah") },
  { package: "bzip2", present: inPath("bzip2") },
  { package: "chromium", present: inPath("chromium") },
  { package: "curl", present: inPath("curl") },
  { package: "docker-compose", present: inPath("docker-compose") },
  { package: "docker-registry", present: inPath("docker-registry") },
  { package: "fish", present: inPath("fish") },
  { package: "git", present: inPath("git") },
  { package: "iproute2", present: inPath("ip") },
  { package: "iptables", present: inPath("iptables") },
  { package: "libdevmapper1.02.1", present: hasLibrary("libdevmapper.so.1.02.1") },
  { package: "mariadb-server-core", present: inPath("mariadbd") },
  { package: "nginx-light", present: inPath("nginx") },
  { package: "openssh-client", present: inPath("ssh") },
  { package: "openssh-server", present: inPath("sshd") },
  { package: "openssl", present: inPath("openssl") },
  { package: "php-fpm", present: () => existsSync("/etc/php") },
  { package: "php-mysql", present: () => existsSync("/usr/share/doc/php-mysql") },
  { package: "podman", present: inPath("podman") },
  { package: "postgresql-15", present: () => existsSync("/usr/lib/postgresql/15/bin/postgres") },
  { package: "python3-docker", present: () => existsSync("/usr/lib/python3/dist-packages/docker") },
  { package: "redis-tools", present: inPath("redis-cli") },
  { package: "rsyslog", present: inPath("rsyslogd") },
  { package: "skopeo", present: inPath("skopeo") },
  { package: "tmux", present: inPath("tmux") },
  { package: "umoci", present: inPath("umoci") },
  { package: "wrk", present: inPath("wrk") },
  { package: "xz-utils", present: inPath("xz") },
  { package: "zsh", present: inPath("zsh") },
  { package: "zstd", present: inPath("zstd") },
];

/** Required by `npm run test:others`. */
export const suitePackages: Requirement[] = [
  { package: "python3-ddt", present: () => existsSync("/usr/lib/python3/dist-packages/ddt.py") },
  { package: "python3-pytest", present: () => existsSync("/usr/lib/python3/dist-packages/pytest") },
];

/** Required to build a root filesystem of Debian, for `npm run test:packages` and `npm run test:fresh`. */
export const rootPackages: Requirement[] = [{ package: "mmdebstrap", present: inPath("mmdebstrap") }];

/** Required by `npm run test:vm`. */
export const machinePackages: Requirement[] = [
  ...rootPackages,
  { package: "e2fsprogs", present: inPath("mke2fs") },
  { package: "openssh-client", present: inPath("ssh") },
  { package: "qemu-system-x86", present: inPath("qemu-system-x86_64") },
];

/** Installs and reports missing packages; does nothing if there are none. */
export async function installPackages(requirements: Requirement[]): Promise<void> {
  const missing = requirements
    .filter((requirement) => !requirement.present())
    .map((requirement) => requirement.package);
  if (missing.length === 0) return;
  if (!inPath("apt-get")()) {
    throw new StepError(`these programs are missing, and there is no apt-get to install them: ${missing.join(", ")}`);
  }
  say(`installing ${missing.join(", ")} with apt-get`);
  await withoutStartingServices(async () => {
    const first = await install(missing);
    if (first.code === 0) return;
    note("the package lists are missing or old: fetching them");
    const update = await aptGet(["update"]);
    const second = await install(missing);
    if (second.code === 0) return;
    const lines = `${update.code === 0 ? "" : update.output}${second.output}`.trimEnd().split("\n");
    throw new StepError(`apt-get could not install ${missing.join(", ")}:\n${lines.slice(-12).join("\n")}`);
  });
}

const install = (packages: string[]) => aptGet(["install", "--yes", "--no-install-recommends", ...packages]);

function aptGet(argv: string[]) {
  return program(["apt-get", "--quiet", "-o", "DPkg::Lock::Timeout=120", ...argv], {
    env: { DEBIAN_FRONTEND: "noninteractive" },
  });
}

/** Keeps packages from starting their services on installation: Debian's policy-rc.d. */
async function withoutStartingServices(work: () => Promise<void>): Promise<void> {
  const policy = "/usr/sbin/policy-rc.d";
  if (existsSync(policy)) return work();
  writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    await work();
  } finally {
    rmSync(policy);
  }
}

/** Debian's other busybox package is dynamically linked and does not run in an empty root filesystem. */
function busyboxIsStatic(): boolean {
  if (!existsSync("/bin/busybox")) return false;
  return Bun.spawnSync(["ldd", "/bin/busybox"], { stdout: "ignore", stderr: "ignore" }).exitCode !== 0;
}
