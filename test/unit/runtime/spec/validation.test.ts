// What create and update refuse and warn about, in Docker's words.
import { describe, expect, test } from "bun:test";
import type { ContainerConfig } from "../../../../src/api/container-config.ts";
import type { HostConfig, Resources } from "../../../../src/api/host-configuration.ts";
import { MAX_INT64 } from "../../../../src/api/integers.ts";
import { limitsOf } from "../../../../src/docker/host-configuration.ts";
import type { Limits } from "../../../../src/engine/containers/configuration/host-configuration.ts";
import { completeResources, validateResources } from "../../../../src/runtime/spec/validation/resources.ts";
import { updatedLimits } from "../../../../src/runtime/spec/validation/update.ts";
import { validateHostConfig } from "../../../../src/runtime/spec/validation/validate.ts";
import { containerConfigurationOf, hostConfigurationOf } from "../../../support/container-configuration.ts";
import { hostFacts, NO_LIMIT } from "../../../support/host-facts.ts";

const MEGABYTE = 2 ** 20;
const host = hostFacts();

test.each<[HostConfig, string]>([
  [{ Memory: MEGABYTE }, "Minimum memory limit allowed is 6MB"],
  [{ Memory: -1 }, "Minimum memory limit allowed is 6MB"],
  [
    { Memory: 8 * MEGABYTE, MemorySwap: 7 * MEGABYTE },
    "Minimum memoryswap limit should be larger than memory limit, see usage",
  ],
  [{ MemorySwap: MEGABYTE }, "You should always set the Memory limit when using Memoryswap limit, see usage"],
  [{ MemorySwappiness: 101 }, "Invalid value: 101, valid memory swappiness range is 0-100"],
  [{ MemoryReservation: 1 }, "Minimum memory reservation allowed is 6MB"],
  [
    { Memory: 8 * MEGABYTE, MemoryReservation: 9 * MEGABYTE },
    "Minimum memory limit can not be less than memory reservation limit, see usage",
  ],
  [{ NanoCpus: 1, CpuPeriod: 5000 }, "Conflicting options: Nano CPUs and CPU Period cannot both be set"],
  [{ NanoCpus: 1, CpuQuota: 5000 }, "Conflicting options: Nano CPUs and CPU Quota cannot both be set"],
  [{ NanoCpus: 2.1e9 }, "range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available"],
  [{ NanoCpus: 1e6 }, "range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available"],
  [{ CpuPeriod: 999 }, "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)"],
  [{ CpuQuota: 999 }, "CPU cfs quota can not be less than 1ms (i.e. 1000)"],
  [{ CpusetCpus: "0-2" }, "Requested CPUs are not available - requested 0-2, available: 0-1"],
  [{ CpusetCpus: "x" }, "Invalid value x for cpuset cpus: invalid format: x"],
  [{ CpusetMems: "1" }, "Requested memory nodes are not available - requested 1, available: 0"],
  [{ BlkioWeight: 9 }, "Range of blkio weight is from 10 to 1000"],
  [{ IOMaximumIOps: 1 }, "Invalid QoS settings: linux does not support Maximum IO Bandwidth or Maximum IO IOps"],
  [{ ShmSize: -1 }, "SHM size can not be less than 0"],
  [{ OomScoreAdj: 1001 }, "Invalid value 1001, range for oom score adj is [-1000, 1000]"],
  [{ CapAdd: ["foo"] }, 'invalid CapAdd: unknown capability: "CAP_FOO"'],
  [{ CapDrop: ["foo"] }, 'invalid CapDrop: unknown capability: "CAP_FOO"'],
  [{ SecurityOpt: ["foo=bar"] }, 'invalid --security-opt 2: "foo=bar"'],
  [{ SecurityOpt: ["foo"] }, 'invalid --security-opt 1: "foo"'],
  [{ SecurityOpt: ["seccomp=x"] }, "Decoding seccomp profile failed"],
  [{ Ulimits: [{ Name: "foo", Soft: 1, Hard: 1 }] }, "invalid ulimit type: foo"],
  [
    { Ulimits: [{ Name: "nofile", Soft: 2, Hard: 1 }] },
    "ulimit soft limit must be less than or equal to hard limit: 2 > 1",
  ],
  [
    { Ulimits: [{ Name: "nofile", Soft: -1, Hard: 1 }] },
    "ulimit soft limit must be less than or equal to hard limit: soft: -1 (unlimited), hard: 1",
  ],
  [{ Isolation: "hyperv" }, `invalid isolation (hyperv): linux only supports 'default'`],
  [{ IpcMode: "foo" }, "invalid IPC mode: foo"],
  [{ PidMode: "container:" }, "invalid PID mode: container:"],
  [{ UTSMode: "container:x" }, "invalid UTS mode: container:x"],
  [
    { NetworkMode: "host", Sysctls: { "net.core.somaxconn": "1" } },
    'sysctl "net.core.somaxconn" not allowed in host network namespace',
  ],
  [
    { IpcMode: "host", Sysctls: { "fs.mqueue.msg_max": "1" } },
    'sysctl "fs.mqueue.msg_max" is not allowed in the hosts ipc namespace',
  ],
  [{ Sysctls: { "vm.swappiness": "1" } }, 'sysctl "vm.swappiness" is not in a separate kernel namespace'],
  [
    { DeviceRequests: [{ Driver: "", Capabilities: [["gpu"]] }] },
    'could not select device driver "" with capabilities: [[gpu]]',
  ],
  [{ DeviceCgroupRules: ["foo"] }, "invalid device cgroup rule format: 'foo'"],
  [{ StorageOpt: { size: "1g" } }, "--storage-opt is supported only for overlay over xfs with 'pquota' mount option"],
  [{ Annotations: { "": "x" } }, "the empty string is not permitted as an annotation key"],
])("%j is refused", (hostConfig, message) => {
  expect(() => validateHostConfig(containerConfigurationOf(), hostConfigurationOf(hostConfig), host)).toThrow(message);
});

test.each<[ContainerConfig, string]>([
  [{ WorkingDir: "a" }, "the working directory 'a' is invalid, it needs to be an absolute path"],
  [{ StopSignal: "FOO" }, "invalid signal: FOO"],
  [{ Env: ["=x"] }, "invalid environment variable: =x"],
  [{ Cmd: ["a\0b"] }, "invalid Cmd: must not contain a NUL byte"],
  [{ WorkingDir: "/a\0b" }, "invalid WorkingDir: must not contain a NUL byte"],
  [{ Healthcheck: { Interval: 1000 } }, "Interval in Healthcheck cannot be less than 1ms"],
  [{ Healthcheck: { Retries: -1 } }, "Retries in Healthcheck cannot be negative"],
])("%j is refused", (config, message) => {
  expect(() => validateHostConfig(containerConfigurationOf(config), hostConfigurationOf(), host)).toThrow(message);
});

test.each<HostConfig>([
  {},
  { Memory: 0, MemorySwap: -1, MemorySwappiness: -1, PidsLimit: -5, CpusetCpus: "", BlkioWeight: 0 },
  { Memory: 64 * MEGABYTE, MemorySwap: -1, NanoCpus: 2e9, CpusetCpus: "0,1", PidsLimit: 100 },
  { Sysctls: { "net.ipv4.ip_forward": "1", "kernel.shmmax": "1" }, IpcMode: "container:x", PidMode: "host" },
  { Ulimits: [{ Name: "memlock", Soft: MAX_INT64, Hard: MAX_INT64 }] },
  { CapDrop: ["SYS_RESOURCE"], CapAdd: ["all"], SecurityOpt: ["label=disable", "apparmor=unconfined"] },
])("%j passes without a word", (hostConfig) => {
  const config = containerConfigurationOf({ WorkingDir: "/x", StopSignal: "SIGRTMIN+3" });
  expect(validateHostConfig(config, hostConfigurationOf(hostConfig), host)).toEqual([]);
});

test("rejects adding a capability that the engine lacks, not dropping it", () => {
  const poor = hostFacts({ capabilities: ["CAP_CHOWN"] });
  expect(() =>
    validateHostConfig(containerConfigurationOf(), hostConfigurationOf({ CapAdd: ["SYS_RESOURCE"] }), poor),
  ).toThrow(
    'invalid CapAdd: capability not supported by your kernel or not available in the current environment: "CAP_SYS_RESOURCE"',
  );
  expect(
    validateHostConfig(containerConfigurationOf(), hostConfigurationOf({ CapDrop: ["SYS_RESOURCE"] }), poor),
  ).toEqual([]);
});

test("swap defaults to twice the memory, at most to what a 64-bit integer holds", () => {
  const swapFor = (memory: number) => completeResources<Limits>({ memory }, host).memorySwap;
  expect([swapFor(64 * MEGABYTE), swapFor(MAX_INT64)]).toEqual([128 * MEGABYTE, MAX_INT64]);
});

describe("what the host lacks", () => {
  const poor = hostFacts({ limits: NO_LIMIT, swapLimit: false });

  test.each<[Resources, string, Limits]>([
    [{ Memory: 64 * MEGABYTE }, "memory limit capabilities", {}],
    [{ MemoryReservation: 64 * MEGABYTE }, "memory soft limit capabilities", {}],
    [{ PidsLimit: 5 }, "PIDs limit capabilities", {}],
    [{ CpuShares: 5 }, "CPU shares", {}],
    [{ CpuQuota: 5000 }, "CPU CFS scheduler", {}],
    [{ CpusetCpus: "0" }, "cpuset", {}],
    [{ BlkioWeight: 5 }, "Block I/O weight", {}],
    [{ BlkioDeviceReadBps: [{ Path: "/dev/null", Rate: 1 }] }, "BPS Block I/O read limit", {}],
    [{ OomKillDisable: true }, "OomKillDisable", {}],
    [{ KernelMemory: 64 * MEGABYTE }, "kernel memory limit capabilities", {}],
  ])("%j is dropped with a warning", (limits, words, rest) => {
    const warnings = validateResources(limitsOf(limits), poor);
    expect(warnings.filter((warning) => warning.startsWith(`Your kernel does not support ${words}`))).toHaveLength(1);
    expect(completeResources(limitsOf(limits), poor)).toEqual(rest);
  });

  test("limits above the engine's own are cut", () => {
    const bound = hostFacts({ mayRaiseLimits: false });
    const hostConfig = { Ulimits: [{ Name: "nofile", Soft: 1, Hard: 50_000 }], OomScoreAdj: -1 };
    expect(validateHostConfig(containerConfigurationOf(), hostConfigurationOf(hostConfig), bound)).toEqual([
      "ulimit nofile is cut to 20000: the engine lacks CAP_SYS_RESOURCE to raise it above its own hard limit.",
      "The engine lacks CAP_SYS_RESOURCE to lower an OOM score. OomScoreAdj discarded.",
    ]);
  });
});

test("swap is twice the memory by default", () => {
  const memory = 64 * MEGABYTE;
  expect(completeResources<Limits>({ memory }, host)).toEqual({ memory, memorySwap: 2 * memory });
  expect(completeResources({ memory, memorySwap: -1 }, host)).toEqual({ memory, memorySwap: -1 });
});

describe("update", () => {
  test("zero leaves a limit unchanged, except for the number of processes", () => {
    const current = hostConfigurationOf({ Memory: 64 * MEGABYTE, MemorySwap: -1, CpuShares: 5, PidsLimit: 9 });
    const asked = { memory: 0, cpuShares: 7, cpusetCpus: "", pidsLimit: 0, blkioDeviceReadBps: [] };
    expect(updatedLimits("id", current, asked)).toEqual({ ...current, cpuShares: 7, pidsLimit: 0 });
    expect(updatedLimits("id", current, { pidsLimit: -1 })).toEqual({ ...current, pidsLimit: 0 });
    expect(updatedLimits("id", current, { cpuShares: 7 })).toEqual({ ...current, cpuShares: 7 });
  });

  test.each<[HostConfig, Resources, string]>([
    [{ MemorySwap: 10 }, { Memory: 11 }, "Memory limit should be smaller than already set memoryswap limit"],
    [{ NanoCpus: 1 }, { CpuQuota: 1000 }, "CPU Quota cannot be updated as NanoCPUs has already been set"],
    [{ NanoCpus: 1 }, { CpuPeriod: 1000 }, "CPU Period cannot be updated as NanoCPUs has already been set"],
    [{ CpuPeriod: 1 }, { NanoCpus: 1 }, "Nano CPUs cannot be updated as CPU Period has already been set"],
    [{ CpuQuota: 1 }, { NanoCpus: 1 }, "Nano CPUs cannot be updated as CPU Quota has already been set"],
  ])("%j and then %j", (current, asked, message) => {
    const update = (): unknown => updatedLimits("abc", hostConfigurationOf(current), limitsOf(asked));
    expect(update).toThrow(message);
    expect(update).toThrow("Cannot update container abc:");
  });
});
