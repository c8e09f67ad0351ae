// What each option of `run` becomes in the OCI configuration.
import { describe, expect, test } from "bun:test";
import type { ContainerConfig } from "../../../../src/api/container-config.ts";
import type { HostConfig } from "../../../../src/api/host-configuration.ts";
import { defaultSeccompProfile } from "../../../../src/runtime/seccomp/profile.ts";
import { DEFAULT_CAPABILITIES } from "../../../../src/runtime/spec/capabilities.ts";
import type { HostFacts } from "../../../../src/runtime/spec/host.ts";
import { buildSpec, type SpecInput } from "../../../../src/runtime/spec/spec.ts";
import { type OciSpec, serializeOci } from "../../../../src/runtime/spec/types.ts";
import { containerConfigurationOf, hostConfigurationOf } from "../../../support/container-configuration.ts";
import { CGROUP_2, hostFacts } from "../../../support/host-facts.ts";

interface Wishes {
  config?: ContainerConfig;
  hostConfig?: HostConfig;
  host?: Partial<HostFacts>;
  input?: Partial<SpecInput>;
}

function specOf({ config, hostConfig, host, input }: Wishes = {}): OciSpec {
  return buildSpec({
    config: containerConfigurationOf({ Cmd: ["true"], ...config }),
    hostConfig: hostConfigurationOf(hostConfig),
    rootfs: "/rootfs",
    user: { uid: 0, gid: 0, additionalGids: [0], home: "/root" },
    hostname: "box",
    domainname: "",
    mounts: [],
    files: {},
    sharedMemory: { source: "private", size: 65536 },
    namespaces: { network: "new", pid: "new", ipc: "new", uts: "new", cgroup: "host" },
    cgroupPath: "/berth/id",
    host: hostFacts(host),
    defaults: { ulimits: {}, noNewPrivileges: false, seccomp: defaultSeccompProfile },
    ...input,
  });
}

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const mountAt = (spec: OciSpec, destination: string) => spec.mounts.find((mount) => mount.destination === destination);

describe("the process", () => {
  test.each<[string, ContainerConfig, string[]]>([
    ["the command alone", { Cmd: ["a", "b"] }, ["a", "b"]],
    ["behind the entrypoint", { Entrypoint: ["e"], Cmd: ["a"] }, ["e", "a"]],
  ])("%s", (_, config, args) => {
    expect(specOf({ config }).process.args).toEqual(args);
  });

  test("under an init", () => {
    const spec = specOf({ config: { Cmd: ["a"] }, input: { files: { init: "/usr/bin/tini-static" } } });
    expect(spec.process.args).toEqual(["/sbin/docker-init", "--", "a"]);
    expect(mountAt(spec, "/sbin/docker-init")?.options).toContain("ro");
  });

  test.each<[string, ContainerConfig, string[]]>([
    ["order", {}, [PATH, "HOSTNAME=box", "HOME=/root"]],
    ["a terminal", { Tty: true }, [PATH, "HOSTNAME=box", "TERM=xterm", "HOME=/root"]],
    [
      "own values take the place of defaults, new ones follow",
      { Env: ["A=1", "PATH=/x", "HOME=/h"] },
      ["PATH=/x", "HOSTNAME=box", "A=1", "HOME=/h"],
    ],
    ["a name without a value removes", { Env: ["HOSTNAME"] }, [PATH, "HOME=/root"]],
  ])("environment: %s", (_, config, env) => {
    expect(specOf({ config }).process.env).toEqual(env);
  });

  test("users other than root have capabilities only in the bounding set", () => {
    const { capabilities, user } = specOf({
      input: { user: { uid: 1000, gid: 7, additionalGids: [7, 8], home: "/" } },
    }).process;
    expect(user).toEqual({ uid: 1000, gid: 7, additionalGids: [7, 8] });
    expect(capabilities).toEqual({
      bounding: [...DEFAULT_CAPABILITIES],
      effective: [],
      permitted: [],
      inheritable: [],
      ambient: [],
    });
  });

  test("a terminal's size", () => {
    const spec = specOf({ config: { Tty: true }, hostConfig: { ConsoleSize: [24, 80] } });
    expect(spec.process.consoleSize).toEqual({ height: 24, width: 80 });
  });
});

describe("capabilities", () => {
  const defaults = [...DEFAULT_CAPABILITIES];
  test.each<[HostConfig, (names: string[]) => void]>([
    [{}, (names) => expect(names).toEqual(defaults)],
    [{ CapDrop: ["ALL"] }, (names) => expect(names).toEqual([])],
    [{ CapDrop: ["all"], CapAdd: ["chown"] }, (names) => expect(names).toEqual(["CAP_CHOWN"])],
    [{ CapAdd: ["SYS_TIME"] }, (names) => expect(names).toEqual([...defaults, "CAP_SYS_TIME"])],
    [{ CapDrop: ["CAP_CHOWN"] }, (names) => expect(names).not.toContain("CAP_CHOWN")],
    [{ CapAdd: ["ALL"] }, (names) => expect(names).toHaveLength(41)],
    [{ CapAdd: ["ALL"], CapDrop: ["SYS_ADMIN"] }, (names) => expect(names).toHaveLength(40)],
    [{ Privileged: true, CapDrop: ["ALL"] }, (names) => expect(names).toHaveLength(41)],
  ])("%j", (hostConfig, check) => {
    check(specOf({ hostConfig }).process.capabilities.bounding);
  });

  test("privileged grants the engine's own capabilities", () => {
    const spec = specOf({ hostConfig: { Privileged: true }, host: { capabilities: ["CAP_CHOWN"] } });
    expect(spec.process.capabilities.bounding).toEqual(["CAP_CHOWN"]);
  });
});

describe("isolation", () => {
  test("by default", () => {
    const { linux, process } = specOf();
    expect(linux.maskedPaths).toContain("/proc/kcore");
    expect(linux.maskedPaths).toContain("/sys/devices/system/cpu/cpu1/thermal_throttle");
    expect(linux.readonlyPaths).toEqual(["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]);
    expect(linux.seccomp?.defaultAction).toBe("SCMP_ACT_ERRNO");
    expect(linux.resources.devices[0]).toEqual({ allow: false, access: "rwm" });
    expect(linux.devices).toEqual([]);
    expect(process.noNewPrivileges).toBe(false);
  });

  test("privileged has none", () => {
    const spec = specOf({ hostConfig: { Privileged: true } });
    expect(spec.linux.maskedPaths).toEqual([]);
    expect(spec.linux.readonlyPaths).toEqual([]);
    expect(spec.linux.seccomp).toBeUndefined();
    expect(spec.linux.resources.devices).toEqual([{ allow: true, access: "rwm" }]);
    expect(spec.linux.devices.map(({ path }) => path)).toContain("/dev/null");
    expect(mountAt(spec, "/sys")?.options).not.toContain("ro");
  });

  test.each<[HostConfig, (spec: OciSpec) => void]>([
    [{ SecurityOpt: ["seccomp=unconfined"] }, ({ linux }) => expect(linux.seccomp).toBeUndefined()],
    [
      { SecurityOpt: ['seccomp={"defaultAction":"SCMP_ACT_ALLOW"}'] },
      ({ linux }) => expect(linux.seccomp).toEqual({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [] }),
    ],
    [{ SecurityOpt: ["no-new-privileges"] }, ({ process }) => expect(process.noNewPrivileges).toBe(true)],
    [{ SecurityOpt: ["no-new-privileges:true"] }, ({ process }) => expect(process.noNewPrivileges).toBe(true)],
    [{ SecurityOpt: ["no-new-privileges=false"] }, ({ process }) => expect(process.noNewPrivileges).toBe(false)],
    [{ SecurityOpt: ["systempaths=unconfined"] }, ({ linux }) => expect(linux.maskedPaths).toEqual([])],
    [{ MaskedPaths: [], ReadonlyPaths: ["/x"] }, ({ linux }) => expect(linux.readonlyPaths).toEqual(["/x"])],
    [{ ReadonlyRootfs: true }, ({ root }) => expect(root.readonly).toBe(true)],
    [{ Annotations: { a: "b" } }, ({ annotations }) => expect(annotations).toEqual({ a: "b" })],
  ])("%j", (hostConfig, check) => {
    check(specOf({ hostConfig }));
  });

  test("AppArmor where the host has it", () => {
    const host = { appArmor: true };
    const profile = (hostConfig: HostConfig) => specOf({ hostConfig, host }).process.apparmorProfile;
    expect(profile({})).toBe("berth-default");
    expect(profile({ SecurityOpt: ["apparmor=mine"] })).toBe("mine");
    expect(profile({ Privileged: true })).toBe("unconfined");
    expect(specOf({ hostConfig: { SecurityOpt: ["apparmor=mine"] } }).process.apparmorProfile).toBeUndefined();
  });
});

describe("namespaces", () => {
  test("its own", () => {
    const { linux, hostname } = specOf();
    expect(linux.namespaces.map(({ type }) => type)).toEqual(["mount", "network", "uts", "pid", "ipc"]);
    expect(hostname).toBe("box");
    expect(linux.sysctl).toEqual({
      "net.ipv4.ip_unprivileged_port_start": "0",
      "net.ipv4.ping_group_range": "0 2147483647",
    });
  });

  test("the host's, another's", () => {
    const { linux, hostname } = specOf({
      hostConfig: { NetworkMode: "host", Sysctls: { "kernel.shmmax": "1" } },
      input: {
        namespaces: { network: "host", pid: { path: "/proc/7/ns/pid" }, ipc: "new", uts: "host", cgroup: "new" },
        domainname: "example.org",
      },
    });
    expect(linux.namespaces).toEqual([
      { type: "mount" },
      { type: "pid", path: "/proc/7/ns/pid" },
      { type: "ipc" },
      { type: "cgroup" },
    ]);
    expect(hostname).toBeUndefined();
    expect(linux.sysctl).toEqual({ "kernel.shmmax": "1" });
  });

  test("a domain name is a sysctl", () => {
    expect(specOf({ input: { domainname: "example.org" } }).linux.sysctl?.["kernel.domainname"]).toBe("example.org");
  });
});

describe("limits", () => {
  const resources = (hostConfig: HostConfig, host?: Partial<HostFacts>) => {
    const { devices: _, ...limits } = specOf({ hostConfig, host }).linux.resources;
    return limits;
  };
  test.each<[HostConfig, object]>([
    [{}, {}],
    [{ Memory: 2 ** 26, MemorySwap: 2 ** 27 }, { memory: { limit: 2 ** 26, swap: 2 ** 27 } }],
    [{ Memory: 2 ** 26, MemorySwap: -1 }, { memory: { limit: 2 ** 26, swap: -1 } }],
    [{ MemoryReservation: 2 ** 25 }, { memory: { reservation: 2 ** 25 } }],
    [{ MemorySwappiness: 0 }, { memory: { swappiness: 0 } }],
    [{ MemorySwappiness: -1, OomKillDisable: false }, {}],
    [{ OomKillDisable: true }, { memory: { disableOOMKiller: true } }],
    [{ NanoCpus: 1.5e9 }, { cpu: { period: 100_000, quota: 150_000 } }],
    [{ CpuShares: 512, CpusetCpus: "0-1" }, { cpu: { shares: 512, cpus: "0-1" } }],
    [{ CpuPeriod: 50_000, CpuQuota: -1 }, { cpu: { period: 50_000 } }],
    [{ CpuPeriod: 50_000, CpuQuota: 2 ** 63 }, { cpu: { period: 50_000 } }],
    [{ CpuQuota: 2 ** 44 - 1 }, { cpu: { quota: 2 ** 44 - 1 } }],
    [{ PidsLimit: 10 }, { pids: { limit: 10 } }],
    [{ PidsLimit: -1 }, {}],
    [{ PidsLimit: 0 }, {}],
    [{ BlkioWeight: 300 }, { blockIO: { weight: 300 } }],
    [
      { BlkioDeviceReadBps: [{ Path: "/dev/null", Rate: 9 }] },
      { blockIO: { throttleReadBpsDevice: [{ major: 1, minor: 3, rate: 9 }] } },
    ],
  ])("%j", (hostConfig, expected) => {
    expect(resources(hostConfig)).toEqual(expected);
  });

  test("version 2 has neither swappiness nor a switch for the OOM killer", () => {
    const hostConfig = { MemorySwappiness: 10, OomKillDisable: true, CpuRealtimeRuntime: 5, PidsLimit: 3 };
    expect(resources(hostConfig, { cgroup: CGROUP_2 })).toEqual({ pids: { limit: 3 } });
  });

  test("ulimits: the engine's defaults, the container's, and those that cannot be raised", () => {
    const Ulimits = [
      { Name: "nofile", Soft: 100, Hard: 50_000 },
      { Name: "memlock", Soft: -1, Hard: -1 },
    ];
    const input = {
      defaults: {
        ulimits: { core: { name: "core", soft: 0, hard: 0 }, nofile: { name: "nofile", soft: 1, hard: 2 } },
        noNewPrivileges: false,
        seccomp: "unconfined" as const,
      },
    };
    const infinity = 2n ** 64n - 1n;
    const others = [
      { type: "RLIMIT_CORE", soft: 0, hard: 0 },
      { type: "RLIMIT_MEMLOCK", soft: infinity, hard: infinity },
    ];
    const free = specOf({ hostConfig: { Ulimits }, input });
    expect(free.process.rlimits).toEqual(
      expect.arrayContaining([...others, { type: "RLIMIT_NOFILE", soft: 100, hard: 50_000 }]),
    );
    const bound = specOf({ hostConfig: { Ulimits }, input, host: { mayRaiseLimits: false } });
    expect(bound.process.rlimits).toContainEqual({ type: "RLIMIT_NOFILE", soft: 100, hard: 20_000 });
    expect(serializeOci(free)).toContain('"hard":18446744073709551615');
  });

  test("omits an OOM score below the engine's own without CAP_SYS_RESOURCE", () => {
    const score = (asked: number, host?: Partial<HostFacts>) =>
      specOf({ hostConfig: { OomScoreAdj: asked }, host }).process.oomScoreAdj;
    expect(score(-500)).toBe(-500);
    expect(score(-500, { mayRaiseLimits: false })).toBeUndefined();
    expect(score(300, { mayRaiseLimits: false })).toBe(300);
  });
});

describe("devices", () => {
  test("maps a device with its numbers and a cgroup rule", () => {
    const Devices = [{ PathOnHost: "/dev/null", PathInContainer: "/dev/nothing", CgroupPermissions: "r" }];
    const { devices, resources } = specOf({ hostConfig: { Devices } }).linux;
    expect(devices).toMatchObject([{ path: "/dev/nothing", type: "c", major: 1, minor: 3 }]);
    expect(resources.devices.at(-1)).toEqual({ allow: true, type: "c", major: 1, minor: 3, access: "r" });
  });

  test.each<[string, object]>([
    ["c 1:3 mr", { allow: true, type: "c", major: 1, minor: 3, access: "mr" }],
    ["b *:* m", { allow: true, type: "b", access: "m" }],
    ["a 7:* rwm", { allow: true, type: "a", major: 7, access: "rwm" }],
  ])("rule %s", (rule, expected) => {
    const { resources } = specOf({ hostConfig: { DeviceCgroupRules: [rule] } }).linux;
    expect(resources.devices.at(-1)).toEqual(expect.objectContaining(expected));
  });

  test("rejects a missing device", () => {
    const Devices = [{ PathOnHost: "/dev/nope", PathInContainer: "/dev/nope", CgroupPermissions: "rwm" }];
    expect(() => specOf({ hostConfig: { Devices } })).toThrow(
      'error gathering device information while adding custom device "/dev/nope": no such file or directory',
    );
  });
});

describe("mounts", () => {
  const bind = {
    type: "bind",
    source: "/host",
    readOnly: false,
    recursive: true,
    readOnlyDepth: "if-possible",
    propagation: "rprivate",
  } as const;

  test("the kernel's own, in Docker's order", () => {
    expect(specOf().mounts.map(({ destination }) => destination)).toEqual([
      "/proc",
      "/dev",
      "/dev/pts",
      "/sys",
      "/sys/fs/cgroup",
      "/dev/mqueue",
      "/dev/shm",
    ]);
  });

  test("a mount precedes those below it and replaces a default", () => {
    const mounts = [
      { ...bind, destination: "/a/b" },
      { ...bind, destination: "/a" },
      { ...bind, destination: "/dev/shm" },
    ];
    const places = specOf({ input: { mounts } }).mounts.map(({ destination }) => destination);
    expect(places.slice(-3)).toEqual(["/a", "/a/b", "/dev/shm"]);
    expect(places.filter((place) => place === "/dev/shm")).toHaveLength(1);
  });

  test("a mount at /dev replaces the engine's mounts below it", () => {
    const { mounts } = specOf({ input: { mounts: [{ ...bind, destination: "/dev" }] } });
    expect(mounts.filter(({ destination }) => destination.startsWith("/dev"))).toHaveLength(1);
  });

  test.each<[string, object, Partial<HostFacts>, string[]]>([
    ["writable", {}, {}, ["rbind", "rprivate"]],
    ["read-only with all below", { readOnly: true }, {}, ["rbind", "rro", "rprivate"]],
    ["read-only on an older kernel", { readOnly: true }, { kernel: [5, 10] }, ["rbind", "ro", "rprivate"]],
    ["read-only, itself alone", { readOnly: true, readOnlyDepth: "never" }, {}, ["rbind", "ro", "rprivate"]],
    ["not recursive", { recursive: false, readOnly: true }, {}, ["bind", "ro", "rprivate"]],
    ["propagation", { propagation: "rslave" }, {}, ["rbind", "rslave"]],
  ])("bind: %s", (_, changes, host, options) => {
    const spec = specOf({ host, input: { mounts: [{ ...bind, destination: "/a", ...changes }] } });
    expect(mountAt(spec, "/a")).toEqual({ destination: "/a", type: "bind", source: "/host", options });
  });

  test("a slave mount needs a root with slave propagation", () => {
    const mounts = [{ ...bind, destination: "/a", propagation: "slave" as const }];
    expect(specOf({ input: { mounts } }).linux.rootfsPropagation).toBe("rslave");
    expect(specOf().linux.rootfsPropagation).toBe("rprivate");
  });

  test("the user's mounts replace the engine's files", () => {
    const files = { hosts: "/engine/hosts", resolvConf: "/engine/resolv.conf" };
    const mounts = [{ ...bind, destination: "/etc/hosts" }];
    const spec = specOf({ hostConfig: { ReadonlyRootfs: true }, input: { files, mounts } });
    expect(mountAt(spec, "/etc/hosts")?.source).toBe("/host");
    expect(mountAt(spec, "/etc/resolv.conf")?.options).toEqual(["bind", "ro", "rprivate"]);
  });

  test.each<[SpecInput["sharedMemory"]["source"], string | undefined]>([
    ["private", "shm"],
    ["none", undefined],
    [{ path: "/run/shm" }, "/run/shm"],
  ])("shared memory: %j", (source, expected) => {
    expect(mountAt(specOf({ input: { sharedMemory: { source, size: 1 } } }), "/dev/shm")?.source).toBe(expected);
  });
});
