// Docker's HostConfig is converted to the engine's configuration and back without loss.
import { describe, expect, test } from "bun:test";
import type { HostConfig } from "../../../src/api/host-configuration.ts";
import { dockerHostConfig } from "../../../src/docker/host-configuration.ts";
import { hostConfigurationOf } from "../../support/container-configuration.ts";

const shown = (asked: HostConfig) => dockerHostConfig(hostConfigurationOf(asked));

/** Every field, so that a new one must be added here. */
const everything = {
  BlkioWeight: 100,
  CpuPeriod: 10_000,
  CpuQuota: 20_000,
  CpuRealtimePeriod: 1,
  CpuRealtimeRuntime: 2,
  CpuShares: 3,
  NanoCpus: 4,
  CpusetCpus: "0",
  CpusetMems: "1",
  Memory: 5,
  MemoryReservation: 6,
  MemorySwap: -1,
  PidsLimit: 7,
  BlkioWeightDevice: [{ Path: "/dev/a", Weight: 8 }],
  BlkioDeviceReadBps: [{ Path: "/dev/b", Rate: 9 }],
  BlkioDeviceWriteBps: [{ Path: "/dev/c", Rate: 10 }],
  BlkioDeviceReadIOps: [{ Path: "/dev/d", Rate: 11 }],
  BlkioDeviceWriteIOps: [{ Path: "/dev/e", Rate: 12 }],
  CgroupParent: "/parent",
  DeviceCgroupRules: ["c 1:3 r"],
  OomKillDisable: true,
  Ulimits: [{ Name: "nofile", Soft: 1, Hard: 2 }],
  Devices: [{ PathOnHost: "/dev/f", PathInContainer: "/dev/g", CgroupPermissions: "r" }],
  DeviceRequests: [{ Driver: "x", Count: 1, DeviceIDs: ["0"], Capabilities: [["gpu"]], Options: { Key: "Value" } }],
  KernelMemory: 13,
  KernelMemoryTCP: 14,
  MemorySwappiness: 15,
  CpuCount: 16,
  CpuPercent: 17,
  IOMaximumIOps: 18,
  IOMaximumBandwidth: 19,
  Annotations: { Name: "value" },
  AutoRemove: true,
  ContainerIDFile: "/cid",
  Dns: ["1.1.1.1"],
  DnsOptions: ["ndots:1"],
  DnsSearch: ["example.org"],
  ExtraHosts: ["a:1.2.3.4"],
  GroupAdd: ["audio"],
  Init: false,
  Isolation: "default",
  Links: ["/a:/b/c"],
  OomScoreAdj: 20,
  Privileged: true,
  PublishAllPorts: true,
  ReadonlyRootfs: true,
  Runtime: "runc",
  ShmSize: 21,
  Sysctls: { "net.core.somaxconn": "1" },
  VolumeDriver: "local",
  VolumesFrom: ["a:ro"],
  CgroupnsMode: "host",
  IpcMode: "shareable",
  PidMode: "host",
  UTSMode: "host",
  UsernsMode: "host",
  Binds: ["/a:/b:ro"],
  LogConfig: { Type: "local", Config: { "max-size": "1m" } },
  NetworkMode: "net",
  PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "8000-8010" }], "81/udp": null, "82/tcp": [] },
  RestartPolicy: {
    Name: "on-failure",
    MaximumRetryCount: 3,
    OnUnhealthy: true,
    Backoff: { Initial: 1, Maximum: 2, Multiplier: 3, ResetAfter: 4 },
  },
  ConsoleSize: [24, 80],
  CapAdd: ["NET_ADMIN"],
  CapDrop: ["ALL"],
  Cgroup: "x",
  SecurityOpt: ["label:disable"],
  StorageOpt: { size: "1g" },
  Tmpfs: { "/t": "size=1m" },
  Secrets: [{ Name: "s", Target: "/s", UID: 1, GID: 2, Mode: 0o400 }],
  Mounts: [
    {
      Type: "bind",
      Source: "/a",
      Target: "/b",
      ReadOnly: true,
      Consistency: "cached",
      BindOptions: {
        Propagation: "rslave",
        NonRecursive: true,
        CreateMountpoint: true,
        ReadOnlyNonRecursive: true,
        ReadOnlyForceRecursive: true,
        IdMap: "match-user",
      },
    },
    {
      Type: "volume",
      Source: "v",
      Target: "/v",
      VolumeOptions: {
        NoCopy: true,
        Labels: { Key: "Value" },
        Subpath: "s",
        DriverConfig: { Name: "local", Options: { Type: "nfs" } },
      },
    },
    { Type: "volume", Target: "/anonymous" },
    { Type: "image", Source: "i", Target: "/i", ImageOptions: { Subpath: "s" } },
    { Type: "tmpfs", Target: "/t", TmpfsOptions: { SizeBytes: 1, Mode: 0o700, Options: [["exec"], ["a", "b"]] } },
    { Type: "bind", Source: "/a", Target: "/c", BindOptions: {} },
  ],
  MaskedPaths: ["/proc/a"],
  ReadonlyPaths: ["/proc/b"],
} satisfies Required<HostConfig>;

test("every field is shown as requested", () => {
  expect(shown(everything)).toEqual(everything);
});

test("published ports are shown in the order of their names, their bindings as requested", () => {
  const binding = (HostPort: string) => ({ HostIp: "", HostPort });
  const { PortBindings } = shown({
    PortBindings: { "9/tcp": [{ HostPort: "0" }], "82/tcp": [], "81/tcp": [{ HostPort: "2" }, { HostPort: "1" }] },
  });
  expect(Object.entries(PortBindings ?? {})).toEqual([
    ["81/tcp", [binding("2"), binding("1")]],
    ["82/tcp", []],
    ["9/tcp", [binding("0")]],
  ]);
});

describe("the modes of namespaces", () => {
  test.each<[keyof HostConfig & `${string}Mode`, string, string]>([
    ["NetworkMode", "", "bridge"],
    ["NetworkMode", "default", "bridge"],
    ["NetworkMode", "host", "host"],
    ["NetworkMode", "none", "none"],
    ["NetworkMode", "container:a", "container:a"],
    ["PidMode", "", ""],
    ["PidMode", "container:a", "container:a"],
    ["IpcMode", "none", "none"],
    ["IpcMode", "container:a", "container:a"],
    ["UTSMode", "", ""],
    ["UsernsMode", "", ""],
    ["CgroupnsMode", "private", "private"],
  ])("%s %p is shown as %p", (field, asked, answer) => {
    expect(shown({ [field]: asked })[field]).toBe(answer);
  });

  test.each<[HostConfig, string]>([
    [{ NetworkMode: "container" }, "invalid network mode: invalid container format container:<name|id>"],
    [{ NetworkMode: "container:" }, "invalid network mode: invalid container format container:<name|id>"],
    [{ PidMode: "container:" }, "invalid PID mode: container:"],
    [{ IpcMode: "odd" }, "invalid IPC mode: odd"],
    [{ UTSMode: "container:a" }, "invalid UTS mode: container:a"],
    [{ UsernsMode: "odd" }, "invalid user namespace mode: odd"],
    [{ CgroupnsMode: "odd" }, "invalid cgroup namespace mode: odd"],
  ])("%j is refused", (asked, message) => {
    expect(() => shown(asked)).toThrow(message);
  });
});

test("distinguishes unset and empty fields", () => {
  const lists = ["Binds", "CapAdd", "Devices", "Dns", "ExtraHosts", "GroupAdd", "SecurityOpt", "Ulimits"] as const;
  const empty = shown(Object.fromEntries(lists.map((name) => [name, []])));
  for (const name of lists) expect([shown({})[name], empty[name]]).toEqual([null, []]);
  const { OomKillDisable, PidsLimit, Init, PortBindings, MaskedPaths } = shown({});
  expect([OomKillDisable, PidsLimit, Init, PortBindings, MaskedPaths]).toEqual([null, null, undefined, null, null]);
  expect(shown({ OomKillDisable: false, Init: false })).toMatchObject({ OomKillDisable: false, Init: false });
  const leftOut = shown({ Annotations: {}, Sysctls: {}, Tmpfs: {}, StorageOpt: {}, Mounts: [] });
  expect(Object.keys(leftOut)).not.toContainAnyValues(["Annotations", "Sysctls", "Tmpfs", "StorageOpt", "Mounts"]);
});

test("omits empty fields of mounts", () => {
  const asked = { Type: "bind", Source: "/a", Target: "/b", ReadOnly: false, Consistency: "" };
  expect(shown({ Mounts: [{ ...asked, BindOptions: { Propagation: "", NonRecursive: false } }] }).Mounts).toEqual([
    { Type: "bind", Source: "/a", Target: "/b", BindOptions: {} },
  ]);
});
