// Seccomp profiles: conditions resolved, and what the engine's own allows.
import { describe, expect, test } from "bun:test";
import {
  defaultSeccompProfile,
  parseSeccompProfile,
  resolveSeccompProfile,
} from "../../../src/runtime/seccomp/profile.ts";
import { CAPABILITIES, DEFAULT_CAPABILITIES } from "../../../src/runtime/spec/capabilities.ts";

const subject = {
  capabilities: DEFAULT_CAPABILITIES,
  architecture: "x64",
  kernel: [6, 1] as const,
};

function allowed(capabilities: readonly string[], architecture = "x64"): Set<string> {
  const profile = resolveSeccompProfile(defaultSeccompProfile, { ...subject, capabilities, architecture });
  return new Set(profile.syscalls.filter(({ action }) => action === "SCMP_ACT_ALLOW").flatMap(({ names }) => names));
}

describe("the engine's own profile", () => {
  test("everything else fails with EPERM, on every form of the architecture", () => {
    const profile = resolveSeccompProfile(defaultSeccompProfile, subject);
    expect(profile.defaultAction).toBe("SCMP_ACT_ERRNO");
    expect(profile.defaultErrnoRet).toBe(1);
    expect(profile.architectures).toEqual(["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]);
  });

  test.each([
    "read",
    "openat2",
    "clone",
    "execve",
    "futex",
    "statx",
    "ptrace",
    "landlock_restrict_self",
    "arch_prctl",
    "chroot",
    "sendfile",
  ])("%s is allowed", (name) => {
    expect(allowed(DEFAULT_CAPABILITIES)).toContain(name);
  });

  test.each([
    "mount",
    "umount2",
    "unshare",
    "setns",
    "bpf",
    "perf_event_open",
    "keyctl",
    "add_key",
    "request_key",
    "kexec_load",
    "init_module",
    "reboot",
    "swapon",
    "open_by_handle_at",
    "userfaultfd",
    "io_uring_setup",
    "io_uring_enter",
    "ioperm",
    "settimeofday",
    "acct",
    "quotactl",
    "pivot_root",
    "nfsservctl",
    "move_pages",
    "kcmp",
    "vm86",
  ])("%s is not", (name) => {
    expect(allowed(DEFAULT_CAPABILITIES)).not.toContain(name);
  });

  test.each([
    ["CAP_SYS_ADMIN", ["mount", "setns", "unshare", "bpf", "clone3"]],
    ["CAP_SYS_MODULE", ["init_module"]],
    ["CAP_SYS_TIME", ["clock_settime"]],
    ["CAP_SYS_BOOT", ["reboot"]],
    ["CAP_DAC_READ_SEARCH", ["open_by_handle_at"]],
    ["CAP_SYSLOG", ["syslog"]],
  ])("%s opens %j", (capability, names) => {
    for (const name of names) expect(allowed([capability])).toContain(name);
  });

  test("never allowed, with any capabilities", () => {
    for (const name of ["keyctl", "add_key", "kexec_load", "userfaultfd", "io_uring_setup"]) {
      expect(allowed(CAPABILITIES)).not.toContain(name);
    }
  });

  test("without CAP_SYS_ADMIN clone creates no namespaces, and clone3 fails with ENOSYS", () => {
    const { syscalls } = resolveSeccompProfile(defaultSeccompProfile, subject);
    const clone = syscalls.filter(({ names }) => names.includes("clone"));
    expect(clone).toHaveLength(1);
    expect(clone[0]?.args).toEqual([{ index: 0, value: 0x7e020000, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }]);
    expect(syscalls.find(({ names }) => names.includes("clone3"))).toMatchObject({
      action: "SCMP_ACT_ERRNO",
      errnoRet: 38,
    });
  });

  test("no sockets of AF_ALG and AF_VSOCK", () => {
    const { syscalls } = resolveSeccompProfile(defaultSeccompProfile, subject);
    const families = syscalls.filter(({ names }) => names.includes("socket")).map(({ args }) => args?.[0]);
    expect(families.map((family) => [family?.op, family?.value])).toEqual([
      ["SCMP_CMP_LT", 38],
      ["SCMP_CMP_EQ", 39],
      ["SCMP_CMP_GT", 40],
    ]);
  });

  test("another architecture", () => {
    expect(allowed(DEFAULT_CAPABILITIES, "arm64")).not.toContain("arch_prctl");
    expect(allowed(DEFAULT_CAPABILITIES, "arm64")).toContain("set_tls");
  });
});

describe("a user's profile", () => {
  const profile = parseSeccompProfile(
    JSON.stringify({
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [
        { name: "old", action: "SCMP_ACT_ERRNO", includes: {}, excludes: {} },
        { names: ["new"], action: "SCMP_ACT_LOG", includes: { minKernel: "6.2" } },
        { names: ["reached"], action: "SCMP_ACT_LOG", includes: { minKernel: "5.19" } },
        { names: ["absent"], action: "SCMP_ACT_LOG", excludes: { caps: ["CAP_CHOWN"] } },
      ],
    }),
  );

  test("older form, kernels and capabilities", () => {
    expect(resolveSeccompProfile(profile, subject).syscalls).toEqual([
      { names: ["old"], action: "SCMP_ACT_ERRNO" },
      { names: ["reached"], action: "SCMP_ACT_LOG" },
    ]);
  });

  test.each(["", "no json", "[]", '{"defaultAction":1}'])("%j is refused", (text) => {
    expect(() => parseSeccompProfile(text)).toThrow("Decoding seccomp profile failed");
  });

  test("duplicate architectures", () => {
    const twice = { defaultAction: "x", architectures: ["a"], archMap: [{ architecture: "a" }] };
    expect(() => parseSeccompProfile(JSON.stringify(twice))).toThrow("both 'architectures' and 'archMap'");
  });
});
