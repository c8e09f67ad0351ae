// A container that boots Debian's systemd in its own namespaces, without network access. Its files are a copy that is
// discarded. It takes seconds where a virtual machine without hardware virtualization takes minutes, but has the host's
// kernel.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type CommandResult, command, eventually } from "../../test/support/command.ts";
import { must } from "../step.ts";
import { directory, pristineRoot } from "./root.ts";

const COMMAND_DEADLINE = 10 * 60_000;
const BOOT_DEADLINE = 5 * 60_000;

export class SystemdContainer {
  readonly #root: string;
  readonly #cgroups = hostHierarchies().map((hierarchy) => ({
    ...hierarchy,
    path: join(hierarchy.mountPoint, `systemd-container-${process.pid}`),
  }));
  #unshare: Bun.Subprocess | undefined;
  /** Process ID of systemd on the host. */
  #leader = 0;

  private constructor() {
    this.#root = mkdtempSync(join(directory, "run-"));
  }

  /** Boots a container. Use with `await using`, or call {@link SystemdContainer.dispose}. */
  static async start(): Promise<SystemdContainer> {
    const container = new SystemdContainer();
    try {
      await must(["cp", "--archive", "--reflink=auto", `${pristineRoot}/.`, container.#root]);
      await container.#boot();
    } catch (thrown) {
      await container.dispose();
      throw thrown;
    }
    return container;
  }

  /** Runs a shell command in the container. */
  run(line: string): Promise<CommandResult> {
    const namespaces = ["nsenter", "--all", "--target", String(this.#leader), "--"];
    const environment = ["env", "--ignore-environment", `PATH=${PATH}`, "HOME=/root", "LANG=C.UTF-8", "TERM=dumb"];
    return command([...namespaces, ...environment, "sh", "-c", line], { deadline: COMMAND_DEADLINE });
  }

  /** Like {@link run}, but throws with all output on failure. */
  async must(line: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(line);
    if (code !== 0) throw new Error(`${line}: exit code ${code}\n${stdout}${stderr}`);
    return stdout.trim();
  }

  /** Copies a file into the container. */
  async send(path: string, destination: string): Promise<void> {
    await must(["cp", path, join(this.#root, destination)]);
  }

  async dispose(): Promise<void> {
    // The kernel ends a PID namespace with its first process.
    this.#unshare?.kill("SIGKILL");
    await this.#unshare?.exited;
    const removed = () => this.#cgroups.every(({ path }) => removeCgroup(path));
    await eventually("the container's processes to end", removed, BOOT_DEADLINE);
    rmSync(this.#root, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** Mounts the same hierarchies in the container. */
  #cgroupMounts(): string[] {
    const target = join(this.#root, CGROUPS);
    const [only] = this.#cgroups;
    if (only?.mountPoint === CGROUPS) return [`mount -t cgroup2 cgroup2 ${target}`];
    const mounts = this.#cgroups.map(({ mountPoint, type, options }) => {
      const path = join(this.#root, mountPoint);
      return `mkdir -p ${path} && mount -t ${type} ${options === "" ? "" : `-o ${options}`} cgroup ${path}`;
    });
    return [`mount -t tmpfs tmpfs ${target}`, ...mounts];
  }

  async #boot(): Promise<void> {
    const root = this.#root;
    for (const { path } of this.#cgroups) createCgroup(path);
    const inside = [
      `mount --bind ${root} ${root}`,
      // Otherwise systemd mounts the host's devices.
      `mount --bind ${root}/dev ${root}/dev`,
      `mount -t proc proc ${root}/proc`,
      `mount -t sysfs sysfs ${root}/sys`,
      ...this.#cgroupMounts(),
      `cd ${root}`,
      "pivot_root . mnt",
      "umount -l /mnt",
      // systemd expects this of its container manager; it passes credentials to services by mounts.
      "mount --make-rshared /",
      // https://systemd.io/CONTAINER_INTERFACE
      `exec env --ignore-environment PATH=${PATH} container=test /lib/systemd/systemd`,
    ];
    const namespaces = ["cgroup", "mount", "pid", "net", "uts", "ipc"].map((name) => `--${name}`);
    const unshare = ["unshare", ...namespaces, "--fork", "--kill-child", "--propagation", "private"];
    // A cgroup namespace starts at the cgroups of the process that creates it.
    const enter = this.#cgroups.map(({ path }) => `echo 0 > ${path}/cgroup.procs`).join("\n");
    // Kill the container when this process dies.
    this.#unshare = Bun.spawn(
      [
        "setpriv",
        "--pdeathsig",
        "KILL",
        "sh",
        "-ec",
        `${enter}\nexec "$@"`,
        "sh",
        ...unshare,
        "sh",
        "-ec",
        inside.join("\n"),
      ],
      {
        stdio: ["ignore", "ignore", "inherit"],
      },
    );
    const { pid } = this.#unshare;
    const isRunning = async () => {
      if (this.#unshare?.exitCode !== null) throw new Error("systemd did not start");
      this.#leader = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim());
      if (this.#leader === 0) return false;
      // "degraded" because of units that a container cannot have.
      const { stdout } = await this.run("systemctl is-system-running");
      return ["running", "degraded"].includes(stdout.trim());
    };
    await eventually("systemd to boot", isRunning, BOOT_DEADLINE);
  }
}

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const CGROUPS = "/sys/fs/cgroup";

interface Hierarchy {
  mountPoint: string;
  type: string;
  /** Of the mount: the controllers of version 1. */
  options: string;
}

/** The cgroup hierarchies that the host has mounted: the unified one, or those of version 1, or both. */
function hostHierarchies(): Hierarchy[] {
  const generic = new Set(["rw", "ro", "nosuid", "nodev", "noexec", "relatime", "nsdelegate", "memory_recursiveprot"]);
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, target = "", type = ""]) => `${target}/`.startsWith(`${CGROUPS}/`) && /^cgroup2?$/.test(type))
    .map(([, mountPoint = "", type = "", options = ""]) => ({
      mountPoint,
      type,
      options: options
        .split(",")
        .filter((option) => !generic.has(option))
        .join(","),
    }));
}

function createCgroup(path: string): void {
  mkdirSync(path);
  // Without these values a cpuset accepts no processes.
  for (const name of ["cpuset.cpus", "cpuset.mems"]) {
    const [own, parents] = [join(path, name), join(dirname(path), name)];
    if (existsSync(own) && existsSync(parents)) writeFileSync(own, readFileSync(parents));
  }
}

/** Removes a cgroup and all below it. @returns false while one of them has processes */
function removeCgroup(path: string): boolean {
  if (!existsSync(path)) return true;
  try {
    const below = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    if (!below.every(({ name }) => removeCgroup(join(path, name)))) return false;
    rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}
