// Malicious containers: leaked descriptors, dangerous system calls, kernel files, the host's namespaces, forged log
// lines, unread output.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { eventually } from "../../support/command.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { busyboxArchive, copyProgram } from "../../support/images.ts";
import { lacks } from "../../support/requirement.ts";

let daemon: TestDaemon;
beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});
afterAll(() => daemon.dispose());

const run = (...argv: string[]) => daemon.docker(["run", "--rm", "--network", "none", ...argv]);

describe("descriptors (CVE-2024-21626)", () => {
  // The shell asks about itself: `ls` would add the descriptor it reads the directory by.
  const list = ["sh", "-c", 'for fd in /proc/$$/fd/*; do echo "$fd $(readlink $fd)"; done'];
  const expectNothingOfTheHost = (output: string) => {
    const targets = output
      .trim()
      .split("\n")
      .map((line) => line.trim().replace(/^\S+ /, ""));
    // A pipe more is the one of the shell's own substitution.
    for (const target of targets) expect(target).toMatch(/^(\/dev\/(null|pts\/\d+|console)|(pipe|socket):\[\d+\])$/);
  };

  test("of a container's first process", async () => {
    expectNothingOfTheHost((await run("busybox", ...list)).stdout);
    expectNothingOfTheHost((await run("-i", "busybox", ...list)).stdout);
    expectNothingOfTheHost((await run("-t", "busybox", ...list)).stdout);
    expectNothingOfTheHost((await run("--init", "busybox", ...list)).stdout);
  });

  test("of a process that enters, and of a health probe", async () => {
    const probe = ["--health-interval=1s", "--health-cmd", list[2] ?? ""];
    await daemon.docker(["run", "-d", "--name", "entered", "--network", "none", ...probe, "busybox", "sleep", "1000"]);
    expectNothingOfTheHost((await daemon.docker(["exec", "entered", ...list])).stdout);
    expectNothingOfTheHost((await daemon.docker(["exec", "-t", "entered", ...list])).stdout);
    const format = "{{range .State.Health.Log}}{{println .Output}}{{end}}";
    const probed = await eventually(
      "a probe",
      async () => (await daemon.docker(["inspect", "-f", format, "entered"])).stdout.trim() || undefined,
      30_000,
    );
    expectNothingOfTheHost(probed.split("\n").filter(Boolean).join("\n"));
    await daemon.docker(["rm", "-f", "entered"]);
  });
});

const perl = "/usr/bin/perl";
const numbersAreKnown = process.arch === "x64" && Bun.which(perl) !== null;

/** By their numbers on x86-64, with arguments that do no harm where they are let through. */
const leadingOut: Readonly<Record<string, readonly number[]>> = {
  add_key: [248, 0, 0, 0, 0, -3],
  keyctl: [250, 0, -3, 0],
  request_key: [249, 0, 0, 0, 0],
  io_uring_setup: [425, 1, 0],
  bpf: [321, 0, 0, 0],
  userfaultfd: [323, 0],
  perf_event_open: [298, 0, 0, -1, -1, 0],
  mount: [165, 0, 0, 0, 0, 0],
  umount2: [166, 0, 0],
  fsopen: [430, 0, 0],
  open_tree: [428, -100, 0, 1],
  move_mount: [429, 0, 0, 0, 0, 0],
  mount_setattr: [442, -1, 0, 0, 0, 0],
  pivot_root: [155, 0, 0],
  "unshare of users": [272, 0x10000000],
  "unshare of mounts": [272, 0x20000],
  setns: [308, -1, 0],
  clone3: [435, 0, 0],
  open_by_handle_at: [304, -1, 0, 0],
  kexec_load: [246, 0, 0, 0, 0],
  kexec_file_load: [320, -1, -1, 0, 0, 0],
  init_module: [175, 0, 0, 0],
  finit_module: [313, -1, 0, 0],
  delete_module: [176, 0, 0],
  settimeofday: [164, 0, 0],
  clock_settime: [227, 0, 0],
  syslog: [103, 3, 0, 0],
  acct: [163, 0],
  swapon: [167, 0, 0],
  reboot: [169, 0, 0, 0, 0],
  iopl: [172, 3],
  ioperm: [173, 0, 1, 1],
  sethostname: [170, 0, 0],
  quotactl: [179, 0, 0, 0, 0],
  personality: [135, 0x40000],
  mbind: [237, 0, 0, 0, 0, 0, 0],
  move_pages: [279, 0, 0, 0, 0, 0, 0],
  fanotify_init: [300, 0, 0],
  "socket of AF_ALG": [41, 38, 5, 0],
  "socket of AF_VSOCK": [41, 40, 1, 0],
};

test.skipIf(lacks("a processor whose system call numbers the test knows", numbersAreKnown))(
  "system calls that lead out are refused before they are looked at",
  async () => {
    await daemon.importArchive("perl", await busyboxArchive((root) => copyProgram(perl, perl, root)));
    const calls = Object.entries(leadingOut).map(([name, numbers]) => `["${name}",${numbers.join(",")}]`);
    const script = `for my $c (${calls.join(",")}) { my ($n, $s, @a) = @$c; $! = 0; my $r = syscall($s, @a); print $n, " ", ($r < 0 ? 0 + $! : "done"), "\\n"; }`;
    const { stdout } = await run("perl", "perl", "-e", script);
    const [EPERM, ENOSYS] = ["1", "38"];
    const outcomes = stdout
      .trim()
      .split("\n")
      .map((line) => [line.slice(0, line.lastIndexOf(" ")), line.slice(line.lastIndexOf(" ") + 1)]);
    expect(outcomes.length).toBe(calls.length);
    // A filter cannot see the flags of clone3: programs fall back to clone after ENOSYS.
    for (const [name, outcome] of outcomes) expect([name, outcome]).toEqual([name, name === "clone3" ? ENOSYS : EPERM]);
  },
);

test("kernel files that run host programs or show memory cannot be opened", async () => {
  const files = [
    ...["/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/hotplug"],
    ...["/proc/sys/fs/binfmt_misc/register", "/proc/sysrq-trigger", "/proc/sys/vm/panic_on_oom"],
    ...["/sys/kernel/uevent_helper", "/sys/kernel/mm/ksm/run", "/sys/power/state", "/sys/kernel/debug/x"],
    ...["/sys/fs/cgroup/release_agent", "/sys/fs/cgroup/memory/release_agent", "/sys/fs/cgroup/cgroup.procs"],
    ...["/sys/fs/cgroup/memory/cgroup.procs", "/sys/fs/cgroup/devices/devices.allow", "/sys/class/net/lo/mtu"],
    ...["/dev/mem", "/dev/kmem", "/dev/kmsg", "/dev/sda", "/dev/vda"],
  ];
  const write = files.map((file) => `[ -e ${file} ] && (: >> ${file}) 2>/dev/null && echo ${file}`).join("; ");
  const read = ["/proc/kcore", "/proc/kmsg", "/proc/keys", "/proc/timer_list", "/proc/interrupts", "/dev/mem"]
    .map((file) => `head -c 1 ${file} 2>/dev/null | grep -q . && echo read ${file}`)
    .join("; ");
  expect((await run("busybox", "sh", "-c", `${write}; ${read}; true`)).stdout).toBe("");
});

test("in the host's PID namespace, processes are visible but inaccessible", async () => {
  const script = `cat /proc/1/environ; ls /proc/1/root /proc/1/cwd; readlink /proc/1/exe /proc/1/fd/0 /proc/1/fd/1
    nsenter -t 1 -m -n ls /; nsenter --mount=/proc/1/ns/mnt true && echo entered`;
  const { stdout } = await run("--pid", "host", "busybox", "sh", "-c", `(${script}) 2>/dev/null`);
  expect(stdout.trim()).toBe("");
});

test("log lines that look like log records stay plain text", async () => {
  const forged = "2001-01-01T00:00:00.000000000+00:00 stderr F forged";
  const script = `echo one; printf '%s\\n' '${forged}'; printf 'a\\033[2Kb\\rc\\000d\\n'; echo '{"log":"x","stream":"stderr"}'`;
  await daemon.docker(["run", "--name", "forger", "--network", "none", "busybox", "sh", "-c", script]);
  const { stdout, stderr } = await daemon.docker(["logs", "-t", "forger"]);
  expect(stderr).toBe("");
  const lines = stdout.trimEnd().split("\n");
  for (const line of lines) expect(line).toMatch(/^20[2-9]\d-/);
  expect(lines.map((line) => line.slice(line.indexOf(" ") + 1))).toEqual([
    "one",
    forged,
    "a\u001b[2Kb\rc\u0000d",
    '{"log":"x","stream":"stderr"}',
  ]);
  await daemon.docker(["rm", "forger"]);
});

test("unread output does not fill the engine's memory", async () => {
  const residentMebibytes = () =>
    Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${daemon.pid}/status`, "utf8"))?.[1]) / 1024;
  await daemon.docker(["run", "-d", "--name", "flood", "--network", "none", "busybox", "sleep", "1000"]);
  const before = residentMebibytes();
  const made = await daemon.call("POST", "/containers/flood/exec", {
    AttachStdout: true,
    Cmd: ["sh", "-c", "head -c 400000000 /dev/zero; touch /done; sleep 1000"],
  });
  const id = made instanceof Object && "Id" in made ? String(made.Id) : "";
  // Never reads the output.
  const reader = connect(daemon.socket).pause();
  const head = ["Host: engine", "Content-Type: application/json", "Content-Length: 2", "Connection: close"];
  reader.write(`POST /exec/${id}/start HTTP/1.1\r\n${head.join("\r\n")}\r\n\r\n{}`);
  await eventually(
    "the last byte",
    async () => (await daemon.docker(["exec", "flood", "test", "-e", "/done"])).code === 0,
    120_000,
  );
  expect(residentMebibytes() - before).toBeLessThan(300);
  reader.destroy();
  await daemon.docker(["rm", "-f", "flood"]);
}, 180_000);
