// A QEMU virtual machine, reached by ssh on a loopback port. It has no network access, and changes to its disk are
// discarded.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type CommandResult, command, eventually } from "../../test/support/command.ts";
import { freePort } from "../../test/support/port.ts";
import { repository } from "../setup/program.ts";
import { must } from "../step.ts";
import { image } from "./image.ts";

const MINUTE = 60_000;
/** Without hardware virtualization, booting takes half a minute on an idle host. */
const BOOT_DEADLINE = 15 * MINUTE;
const COMMAND_DEADLINE = 10 * MINUTE;

/** The files of this repository that tests in the machine need. */
const repositoryFiles = [
  "dist/berth",
  "node_modules",
  "package.json",
  "packaging",
  "scripts",
  "src",
  "test",
  "tsconfig.json",
];

/** Path of the repository in the machine. */
export const MACHINE_REPOSITORY = "/berth";

export interface MachineOptions {
  /** Copies this repository to {@link MACHINE_REPOSITORY}, which takes minutes on an emulated processor. */
  withRepository?: boolean;
}

export class VirtualMachine {
  readonly #directory = mkdtempSync(join(tmpdir(), "berth-vm-"));
  readonly #port: number;
  #emulator: Bun.Subprocess | undefined;

  private constructor(port: number) {
    this.#port = port;
  }

  /** Boots a machine. Use with `await using`, or call {@link VirtualMachine.dispose}. */
  static async start({ withRepository = false }: MachineOptions = {}): Promise<VirtualMachine> {
    const machine = new VirtualMachine(await freePort());
    try {
      await machine.#boot(withRepository ? await machine.#archiveOfRepository() : undefined);
      if (withRepository)
        await machine.must(`mkdir ${MACHINE_REPOSITORY} && tar -xf /dev/vdb -C ${MACHINE_REPOSITORY}`);
    } catch (thrown) {
      await machine.dispose();
      throw thrown;
    }
    return machine;
  }

  /** Runs a shell command in the machine. */
  run(line: string): Promise<CommandResult> {
    return command([...this.#ssh(), line], { deadline: COMMAND_DEADLINE });
  }

  /** Like {@link run}, but throws with all output on failure. */
  async must(line: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(line);
    if (code !== 0) throw new Error(`${line}: exit code ${code}\n${stdout}${stderr}`);
    return stdout.trim();
  }

  /** Runs a shell command and shows its output live. @returns its exit code */
  async show(line: string): Promise<number> {
    return await Bun.spawn([...this.#ssh(), line], { stdio: ["ignore", "inherit", "inherit"] }).exited;
  }

  /** Copies a file into the machine. */
  async send(path: string, destination: string): Promise<void> {
    const copy = Bun.spawn([...this.#ssh(), `cat > ${destination}`], {
      stdio: [Bun.file(path), "inherit", "inherit"],
    });
    if ((await copy.exited) !== 0) throw new Error(`failed to copy ${path} into the virtual machine`);
  }

  /** Runs `line` ("systemctl reboot") and waits until the machine has rebooted. */
  async restart(line: string): Promise<void> {
    const bootOf = async () => (await this.run("cat /proc/sys/kernel/random/boot_id")).stdout;
    const before = await bootOf();
    await this.run(line);
    const hasRebooted = async () => {
      const now = await bootOf();
      return now !== "" && now !== before;
    };
    await eventually("the machine to reboot", hasRebooted, BOOT_DEADLINE);
  }

  async dispose(): Promise<void> {
    this.#emulator?.kill("SIGKILL");
    await this.#emulator?.exited;
    rmSync(this.#directory, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** @param archive the second disk, if any */
  async #boot(archive: string | undefined): Promise<void> {
    const console = join(this.#directory, "console");
    const network = `user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:${this.#port}-:22`;
    this.#emulator = Bun.spawn(
      [
        // Kill QEMU when its parent dies.
        ...["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64", ...processors(), "-smp", "2", "-m", "3072"],
        ...["-nodefaults", "-display", "none", "-serial", `file:${console}`],
        ...["-kernel", image.kernel, "-initrd", image.initialFiles, "-append", kernelCommandLine.join(" ")],
        ...["-drive", `file=${image.disk},format=raw,if=virtio,snapshot=on,cache=unsafe`],
        ...(archive === undefined ? [] : ["-drive", `file=${archive},format=raw,if=virtio,readonly=on`]),
        ...["-netdev", network, "-device", "virtio-net-pci,netdev=net", "-device", "virtio-rng-pci"],
      ],
      { stdin: "ignore", stdout: "ignore", stderr: "inherit" },
    );
    const answers = async () => {
      if (this.#emulator?.exitCode !== null) throw new Error(`QEMU exited:\n${readIfThere(console)}`);
      return (await this.run("true")).code === 0;
    };
    await eventually("the machine to answer", answers, BOOT_DEADLINE);
  }

  /** The second disk is a plain tar archive, which the machine unpacks to a writable directory. */
  async #archiveOfRepository(): Promise<string> {
    const archive = join(this.#directory, "repository");
    const exclusions = ["--exclude=@typescript", "--exclude=@biomejs"];
    await must(["tar", ...exclusions, "-C", repository, "-cf", archive, ...repositoryFiles]);
    const docker = Bun.which("docker");
    if (docker) await must(["tar", "-C", dirname(docker), "-rf", archive, "--transform=s,^,bin/,", "docker"]);
    return archive;
  }

  #ssh(): string[] {
    const settings = {
      // Includes the key exchange, which takes an emulated processor on a busy host tens of seconds.
      ConnectTimeout: "120",
      ControlMaster: "auto",
      ControlPath: join(this.#directory, "control"),
      IdentityFile: image.key,
      LogLevel: "ERROR",
      ServerAliveInterval: "60",
      StrictHostKeyChecking: "no",
      UserKnownHostsFile: "/dev/null",
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    return ["ssh", ...options, "-p", String(this.#port), "root@127.0.0.1"];
  }
}

const kernelCommandLine = [
  "root=/dev/vda rw console=ttyS0 quiet",
  "systemd.unified_cgroup_hierarchy=1",
  // Saves time where the processor is emulated.
  "mitigations=off random.trust_cpu=on",
];

/** Uses KVM if available, emulation otherwise. */
function processors(): string[] {
  const hasKvm = existsSync("/dev/kvm") && /^flags\s*:.*\b(vmx|svm)\b/m.test(readIfThere("/proc/cpuinfo"));
  return hasKvm ? ["-accel", "kvm", "-cpu", "host"] : ["-accel", "tcg,thread=multi", "-cpu", "max"];
}

const readIfThere = (path: string): string => (existsSync(path) ? readFileSync(path, "utf8") : "");
