// Mounts of a container: every form of a request, and their combination.
import { describe, expect, test } from "bun:test";
import type { ContainerConfig } from "../../../src/api/container-config.ts";
import { BerthError } from "../../../src/api/errors.ts";
import type { HostConfig, MountSpec } from "../../../src/api/host-configuration.ts";
import { hostRequestOf } from "../../../src/docker/host-configuration.ts";
import { dockerMountPoint } from "../../../src/docker/inspection.ts";
import { parseVolumesFrom } from "../../../src/engine/volumes/bind-specification.ts";
import { exchangeIds } from "../../../src/engine/volumes/id-mapping.ts";
import { checkLocalOptions } from "../../../src/engine/volumes/local-driver.ts";
import { type MountPlan, mountPointOf } from "../../../src/engine/volumes/mount-plan.ts";
import { planMounts } from "../../../src/engine/volumes/planner.ts";
import { tmpfsOptions } from "../../../src/engine/volumes/tmpfs-options.ts";
import { checkVolume } from "../../../src/engine/volumes/volumes.ts";
import { parseMountOptions } from "../../../src/linux/mount-options.ts";
import { containerConfigurationOf } from "../../support/container-configuration.ts";

interface Wishes {
  config?: ContainerConfig;
  hostConfig?: HostConfig;
  others?: Record<string, MountPlan[]>;
  readOnlyNonRecursive?: boolean;
}

function decide({ config = {}, hostConfig = {}, others = {}, readOnlyNonRecursive = false }: Wishes) {
  return planMounts(
    {
      config: containerConfigurationOf(config),
      hostConfig: hostRequestOf(hostConfig),
      readOnlyNonRecursive,
      plansOf: (reference) => {
        const plans = others[reference];
        if (!plans) throw new BerthError("notFound", `No such container: ${reference}`);
        return plans;
      },
    },
    {
      volume: ({ source = "generated" }) => ({ name: source, anonymous: source === "generated" }),
      imageId: (reference) => `sha256:${reference}`,
      roots: { dataRoot: "/var/lib/engine", execRoot: "/run/engine" },
    },
  );
}

const shown = (wishes: Wishes) =>
  decide(wishes).map((plan) => dockerMountPoint(mountPointOf(plan, (name) => `/volumes/${name}`)));
const messageOf = (wishes: Wishes): string => {
  try {
    decide(wishes);
  } catch (thrown) {
    return thrown instanceof BerthError ? `${thrown.status} ${thrown.message}` : String(thrown);
  }
  return "";
};

describe("a bind that shows the engine's own mounts", () => {
  const propagationOf = (source: string, mode = "") =>
    decide({ hostConfig: { Binds: [`${source}:/a${mode}`] } }).map((plan): string =>
      plan.type === "bind" ? plan.propagation : "",
    );

  test.each([
    ["/", "rslave"],
    ["/var", "rslave"],
    ["/var/lib/engine", "rslave"],
    ["/var/lib/engine/volumes/x", "rslave"],
    ["/run", "rslave"],
    ["/var/lib/engine2", "rprivate"],
    ["/var/lib/eng", "rprivate"],
    ["/tmp", "rprivate"],
  ])("%s is %s by default", (source, expected) => {
    expect(propagationOf(source)).toEqual([expected]);
  });

  test.each(["rslave", "rshared"])("may be %s", (mode) => {
    expect(propagationOf("/", `:${mode}`)).toEqual([mode]);
  });

  test.each(["private", "rprivate", "slave", "shared"])("may not be %s where it shows the data root", (mode) => {
    expect(messageOf({ hostConfig: { Binds: [`/var/lib:/a:${mode}`] } })).toBe(
      `400 invalid mount config: must use either propagation mode "rslave" or "rshared" when mount source is within the daemon root, daemon root: "/var/lib/engine", bind mount source: "/var/lib", propagation: "${mode}"`,
    );
    expect(propagationOf("/run", `:${mode}`)).toEqual([mode]);
  });
});

describe("recursion of read-only binds", () => {
  const depthOf = (hostConfig: HostConfig, readOnlyNonRecursive: boolean) =>
    decide({ hostConfig, readOnlyNonRecursive }).map((plan): string =>
      plan.type === "bind" ? plan.readOnlyDepth : "",
    );
  const mount = (BindOptions: MountSpec["BindOptions"]): HostConfig => ({
    Mounts: [{ Type: "bind", Source: "/tmp", Target: "/a", ReadOnly: true, BindOptions }],
  });

  test.each<[string, HostConfig, string]>([
    ["-v", { Binds: ["/tmp:/a:ro"] }, "if-possible"],
    ["--mount", mount({}), "if-possible"],
    ["--mount with ReadOnlyNonRecursive", mount({ ReadOnlyNonRecursive: true }), "never"],
    ["--mount with ReadOnlyForceRecursive", mount({ ReadOnlyForceRecursive: true }), "always"],
  ])("%s", (_name, hostConfig, expected) => {
    expect(depthOf(hostConfig, false)).toEqual([expected]);
    if (expected === "if-possible") expect(depthOf(hostConfig, true)).toEqual(["never"]);
  });
});

describe("-v", () => {
  test.each<[string, object]>([
    ["/tmp:/a", { Type: "bind", Source: "/tmp", Destination: "/a", Mode: "", RW: true, Propagation: "rprivate" }],
    ["/tmp/:/a/../b/", { Type: "bind", Source: "/tmp", Destination: "/b" }],
    ["/tmp:/a:ro", { RW: false, Mode: "ro" }],
    ["/tmp:/a:ro,rslave,z", { RW: false, Mode: "ro,rslave,z", Propagation: "rslave" }],
    [
      "name:/a",
      { Type: "volume", Name: "name", Source: "/volumes/name", Driver: "local", Mode: "z", RW: true, Propagation: "" },
    ],
    ["name:/a:ro", { Type: "volume", Mode: "ro", RW: false }],
    ["/a", { Type: "volume", Name: "generated", Destination: "/a", Mode: "z" }],
  ])("%s", (text, expected) => {
    expect(shown({ hostConfig: { Binds: [text] } })).toEqual([expect.objectContaining(expected)]);
  });

  test.each<[string, string]>([
    ["a:b:c:d", "400 invalid volume specification: 'a:b:c:d'"],
    [":/x", "400 invalid volume specification: ':/x'"],
    ["/x:ro", "400 invalid volume specification: '/x:ro'"],
    ["x:/y:zz", "400 invalid mode: zz"],
    ["x:/y:ro,rw", "400 invalid mode: ro,rw"],
    [
      "/x:/",
      `400 invalid volume specification: '/x:/': invalid mount config for type "bind": invalid specification: destination can't be '/'`,
    ],
    [
      "x:y",
      `400 invalid volume specification: 'x:y': invalid mount config for type "volume": invalid mount path: 'y' mount path must be absolute`,
    ],
    [
      "x:/y:rshared",
      `400 invalid volume specification: 'x:/y:rshared': invalid mount config for type "volume": field BindOptions must not be specified`,
    ],
  ])("%s is refused", (text, message) => {
    expect(messageOf({ hostConfig: { Binds: [text] } })).toBe(message);
  });

  test("creates a missing directory, except with nocreate", () => {
    expect(decide({ hostConfig: { Binds: ["/no/such:/a"] } })).toMatchObject([{ source: "/no/such" }]);
    expect(messageOf({ hostConfig: { Binds: ["/no/such:/a:nocreate"] } })).toContain(
      "bind source path does not exist: /no/such",
    );
  });

  test("copying can be turned off", () => {
    const plans = decide({ hostConfig: { Binds: ["a1:/a", "b1:/b:nocopy"] } });
    expect(plans.map((plan) => plan.type === "volume" && plan.copyUp)).toEqual([true, false]);
  });
});

describe("--mount", () => {
  test.each<[MountSpec, object]>([
    [
      { Type: "bind", Source: "/tmp", Target: "/a" },
      { type: "bind", readOnlyDepth: "if-possible", recursive: true },
    ],
    [
      { Type: "bind", Source: "/tmp", Target: "/a", ReadOnly: true, BindOptions: { NonRecursive: true } },
      { readOnly: true, recursive: false },
    ],
    [{ Type: "bind", Source: "/no", Target: "/a", BindOptions: { CreateMountpoint: true } }, { createSource: true }],
    [{ Type: "bind", Source: "/tmp", Target: "/a", BindOptions: { IdMap: "match-user" } }, { matchUser: true }],
    [
      { Type: "volume", Target: "/a" },
      { type: "volume", anonymous: true },
    ],
    [{ Type: "volume", Source: "v1", Target: "/a", VolumeOptions: { Subpath: "x/y" } }, { subpath: "x/y" }],
    [
      { Type: "image", Source: "busybox", Target: "/a" },
      { type: "image", imageId: "sha256:busybox", readOnly: true },
    ],
    [
      { Type: "tmpfs", Target: "/a", ReadOnly: true, TmpfsOptions: { SizeBytes: 2 ** 20, Mode: 0o700 } },
      { type: "tmpfs", options: ["noexec", "nosuid", "nodev", "ro", "mode=700", "size=1m"] },
    ],
    [{ Type: "tmpfs", Target: "/a", TmpfsOptions: { Options: [["exec"]] } }, { options: ["nosuid", "nodev", "exec"] }],
  ])("%j", (spec, expected) => {
    expect(decide({ hostConfig: { Mounts: [spec] } })).toEqual([expect.objectContaining(expected)]);
  });

  test.each<[MountSpec, string]>([
    [{ Type: "bind", Source: "/no", Target: "/a" }, 'type "bind": bind source path does not exist: /no'],
    [{ Type: "bind", Target: "/a" }, 'type "bind": field Source must not be empty'],
    [{ Type: "bind", Source: "x", Target: "/a" }, "invalid mount path: 'x' mount path must be absolute"],
    [{ Type: "bind", Source: "/tmp", Target: "" }, 'type "bind": field Target must not be empty'],
    [{ Type: "bind", Source: "/tmp", Target: "/a/.." }, "destination can't be '/'"],
    [{ Type: "volume", Target: "/a\0b" }, "paths must not contain a NUL byte"],
    [{ Type: "bind", Source: "/tmp\0", Target: "/a" }, "paths must not contain a NUL byte"],
    [{ Type: "bind", Source: "/tmp", Target: "/a", BindOptions: { Propagation: "x" } }, "invalid propagation mode: x"],
    [{ Type: "bind", Source: "/tmp", Target: "/a", VolumeOptions: {} }, "field VolumeOptions must not be specified"],
    [{ Type: "tmpfs", Source: "x", Target: "/a" }, 'type "tmpfs": field Source must not be specified'],
    [{ Type: "tmpfs", Target: "/a", TmpfsOptions: { Options: [["suid"]] } }, "invalid option: suid"],
    [{ Type: "image", Target: "/a" }, 'type "image": field Source must not be empty'],
    [{ Type: "npipe", Source: "x", Target: "/a" }, 'type "npipe": mount type unknown'],
    [{ Target: "/a" }, 'type "": mount type unknown'],
    [{ Type: "volume", Target: "/a", VolumeOptions: { Subpath: "x" } }, "must not set Subpath when using anonymous"],
    [
      { Type: "volume", Source: "v1", Target: "/a", VolumeOptions: { Subpath: "../x" } },
      "subpath must be a relative path within the volume",
    ],
  ])("%j is refused", (spec, message) => {
    expect(messageOf({ hostConfig: { Mounts: [spec] } })).toContain("400 invalid mount config for ");
    expect(messageOf({ hostConfig: { Mounts: [spec] } })).toContain(message);
  });
});

describe("several mounts at one destination", () => {
  test.each<HostConfig>([
    { Binds: ["/tmp:/a", "v1:/a"] },
    { Binds: ["/tmp:/a/"], Mounts: [{ Type: "tmpfs", Target: "/a" }] },
    { Binds: ["/tmp:/a"], Tmpfs: { "/a": "" } },
  ])("%j is refused", (hostConfig) => {
    expect(messageOf({ hostConfig })).toBe("400 Duplicate mount point: /a");
  });

  test("an image's volume applies only to a free destination", () => {
    const hostConfig = { Binds: ["/tmp:/a"], Tmpfs: { "/b": "" } };
    const places = shown({ config: { Volumes: { "/a/": {}, "/b": {}, "/c": {} } }, hostConfig });
    expect(places.map(({ Type, Destination, Mode }) => [Type, Destination, Mode])).toEqual([
      ["bind", "/a", ""],
      ["volume", "/c", ""],
    ]);
  });
});

describe("--volumes-from", () => {
  const other = decide({ hostConfig: { Binds: ["v1:/a", "/tmp:/b:ro", "v2:/c"] } });

  test("mounts the volumes, read-only on request, without copying again; own mounts take precedence", () => {
    const hostConfig = { VolumesFrom: ["other:ro"], Binds: ["v3:/c"] };
    const plans = decide({ hostConfig, others: { other } });
    expect(plans.map((plan) => [plan.destination, plan.readOnly])).toEqual([
      ["/a", true],
      ["/b", true],
      ["/c", false],
    ]);
    expect(plans[0]).toMatchObject({ name: "v1", copyUp: false });
    expect(plans[2]).toMatchObject({ name: "v3" });
  });

  test.each<[string, object]>([
    ["x", { container: "x", mode: "" }],
    ["x:ro", { container: "x", mode: "ro" }],
  ])("%s", (text, expected) => {
    expect(parseVolumesFrom(text)).toEqual(expect.objectContaining(expected));
  });

  test.each<[string, string]>([
    ["", "400 volumes-from specification cannot be an empty string"],
    ["other:nocopy", "400 invalid mode: nocopy"],
    ["nope", "400 No such container: nope"],
  ])("%j is refused", (text, message) => {
    expect(messageOf({ hostConfig: { VolumesFrom: [text] }, others: { other } })).toBe(message);
  });
});

test.each<[string, string[]]>([
  ["", ["noexec", "nosuid", "nodev"]],
  ["rw,exec,size=64k", ["nosuid", "nodev", "rw", "exec", "size=64k"]],
  ["mode=1777,uid=5", ["noexec", "nosuid", "nodev", "mode=1777", "uid=5"]],
])("tmpfs %j", (text, options) => {
  expect(tmpfsOptions(text)).toEqual(options);
});

test.each(["foo", "size", "ro=1", "lowerdir=/x"])("rejects the tmpfs option %j", (text) => {
  expect(() => tmpfsOptions(text)).toThrow(`invalid tmpfs option ["${text}"]`);
});

test.each<[Record<string, string>, string]>([
  [{ foo: "x" }, 'invalid option: "foo"'],
  [{ type: "nfs" }, 'missing required option: "device"'],
  [{ device: "x" }, 'missing required option: "type"'],
  [{ o: "ro" }, 'missing required option: "device"'],
  [{ size: "1g" }, "quota size requested but no quota support"],
  [{ type: "cifs", device: "//host:445/x" }, "port not allowed in CIFS device URL"],
])("driver options %j are refused", (options, message) => {
  expect(() => checkLocalOptions(options)).toThrow(message);
});

test.each<[string, string, string]>([
  ["x", "", "volume name is too short"],
  ["a/b", "", 'create a/b: "a/b" includes invalid characters for a local volume name'],
  [".ab", "", "includes invalid characters"],
  ["..", "", "includes invalid characters"],
  ["ok", "nope", 'create ok: error looking up volume plugin nope: plugin "nope" not found'],
])("a volume %j of driver %j is refused", (name, driver, message) => {
  expect(() => checkVolume(name, driver, {})).toThrow(message);
});

test.each<[number, number, [number, number, number][]]>([
  [5, 5, [[0, 0, 4294967295]]],
  [
    0,
    1000,
    [
      [0, 1000, 1],
      [1, 1, 999],
      [1000, 0, 1],
      [1001, 1001, 4294966294],
    ],
  ],
  [
    8,
    7,
    [
      [0, 0, 7],
      [7, 8, 1],
      [8, 7, 1],
      [9, 9, 4294967286],
    ],
  ],
])("exchanging the ids %d and %d", (onDisk, visible, ranges) => {
  expect(exchangeIds(onDisk, visible)).toEqual(ranges.map(([inside, outside, size]) => ({ inside, outside, size })));
});

test("mount options become flags, propagation and data", () => {
  expect(parseMountOptions("ro,nosuid,rw,addr=10.0.0.1,rshared,vers=4")).toEqual({
    flags: 2,
    propagation: (1 << 20) | 16384,
    data: "addr=10.0.0.1,vers=4",
  });
});
