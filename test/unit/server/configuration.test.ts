// The daemon's flags and daemon.json: what is taken, what is refused, and with which sentence.
import { describe, expect, test } from "bun:test";
import { bytesOf } from "../../../src/server/configuration/engine-config.ts";
import { checkSettings } from "../../../src/server/configuration/file.ts";
import { parseCommandLine, usage } from "../../../src/server/configuration/flags.ts";
import { type HostAddress, parseHost } from "../../../src/server/configuration/hosts.ts";
import { mergeSettings, toDaemonConfig } from "../../../src/server/configuration/load.ts";
import { options } from "../../../src/server/configuration/options.ts";

const settingsOf = (...argv: string[]) => parseCommandLine(argv).settings;
const configOf = (flags: string[], file: Record<string, unknown> = {}) =>
  toDaemonConfig(mergeSettings(settingsOf(...flags), file));

describe("flags", () => {
  test.each([
    [["--data-root", "/d"], { "data-root": "/d" }],
    [["--data-root=/d"], { "data-root": "/d" }],
    [["-H", "unix:///a", "-Hunix:///b"], { hosts: ["unix:///a", "unix:///b"] }],
    [["-D"], { debug: true }],
    [["--debug=false"], { debug: false }],
    [["--mtu", "1400"], { mtu: 1400 }],
    [["--log-opt", "max-size=10m", "--log-opt", "max-file=3"], { "log-opts": { "max-size": "10m", "max-file": "3" } }],
    [
      ["--default-ulimit", "nofile=1024:2048"],
      { "default-ulimits": { nofile: { Name: "nofile", Soft: 1024, Hard: 2048 } } },
    ],
    [["--default-ulimit", "core=0"], { "default-ulimits": { core: { Name: "core", Soft: 0, Hard: 0 } } }],
    [
      ["--default-address-pool", "base=10.0.0.0/8,size=24"],
      { "default-address-pools": [{ base: "10.0.0.0/8", size: 24 }] },
    ],
    [
      ["--default-network-opt", "bridge=a=1", "--default-network-opt=bridge=b=2", "--default-network-opt=macvlan=c="],
      { "default-network-opts": { bridge: { a: "1", b: "2" }, macvlan: { c: "" } } },
    ],
    [["--add-runtime", "kata=/usr/bin/kata"], { runtimes: { kata: { path: "/usr/bin/kata" } } }],
    [["--tlsverify", "--tlscert=c"], { tlsverify: true, tlscert: "c" }],
    [["--userland-proxy=false", "--iptables", "--live-restore", "--storage-driver", "overlay2", "-D"], { debug: true }],
    [["--exec-opt", "native.cgroupdriver=cgroupfs", "--experimental=false"], {}],
  ])("%j", (argv, expected) => {
    expect(settingsOf(...argv)).toEqual(expected);
  });

  test.each([
    [["--nonsense"], "unknown flag: --nonsense"],
    [["--iptables=false"], "iptables cannot be false: Berth keeps its own nftables table"],
    [["--storage-driver=zfs"], 'storage-driver cannot be "zfs": images are kept on overlay file systems'],
    [["--exec-opt=native.cgroupdriver=systemd"], 'exec-opts cannot be ["native.cgroupdriver=systemd"]'],
    [["--containerd", "/run/c.sock"], "containerd is not supported: there is no containerd"],
    [["-z"], "unknown shorthand flag: 'z' in -z"],
    [["--data-root"], "flag needs an argument: --data-root"],
    [["-H"], "flag needs an argument: -H"],
    [["extra"], "accepts no arguments"],
    [["--debug=maybe"], 'invalid argument "maybe" for "--debug" flag'],
    [["--mtu", "big"], 'invalid argument "big" for "--mtu" flag'],
    [["--log-opt", "max-size"], "must be name=value"],
    [["--default-network-opt", "bridge=mtu"], "must be name=value"],
    [["--default-ulimit", "nofile=1:2:3"], "must be name=soft[:hard]"],
    [["--default-address-pool", "base=10.0.0.0/8"], "must be base=ADDRESS/LENGTH,size=LENGTH"],
  ])("%j is refused", (argv, message) => {
    expect(() => settingsOf(...argv)).toThrow(message);
  });

  test("the help names every flag", () => {
    for (const { flag } of options) if (flag) expect(usage()).toContain(`--${flag}`);
  });
});

test("the default runtime must be configured, or a program", () => {
  expect(() => configOf(["--default-runtime", "nowhere"])).toThrow(
    "specified default runtime 'nowhere' does not exist",
  );
  const runtimes = { kata: { path: "/not/installed" } };
  expect(configOf(["--default-runtime", "kata"], { runtimes }).engine.defaultRuntime).toBe("kata");
  expect(configOf([]).engine.defaultRuntime).toBe("crun");
});

describe("file", () => {
  test("accepts Docker's keys and omits those without effect", () => {
    const asBefore = {
      "exec-opts": ["native.cgroupdriver=cgroupfs"],
      features: { buildkit: true, "containerd-snapshotter": false },
      "live-restore": true,
      "storage-driver": "overlay2",
      "storage-opts": [],
    };
    expect(checkSettings(JSON.stringify({ debug: true, ...asBefore }))).toEqual({ debug: true });
  });

  test.each([
    ['{"nonsense":1,"more":2}', "the following directives don't match any configuration option: nonsense, more"],
    ['{"live-restore":false}', "live-restore cannot be false: containers always run on"],
    ['{"storage-driver":"btrfs"}', 'storage-driver cannot be "btrfs"'],
    ['{"authorization-plugins":["x"]}', "authorization-plugins is not supported: there are no plugins"],
    ['{"graph":"/x"}', "graph is not supported: it is called data-root"],
    ['{"features":{"containerd-snapshotter":true}}', 'features cannot be {"containerd-snapshotter":true}'],
    ['{"exec-opts":["native.cgroupdriver=systemd"]}', "exec-opts cannot be"],
    ['{"storage-opts":["overlay2.size=1G"]}', "storage-opts cannot be"],
    ['{"constructor":1}', "don't match any configuration option: constructor"],
    ["[]", "not a JSON object"],
    ["{", "JSON"],
  ])("%s is refused", (text, message) => {
    expect(() => checkSettings(text)).toThrow(message);
  });

  test.each([
    [{ debug: "yes" }, "debug: "],
    [{ dns: "1.1.1.1" }, "dns: "],
    [{ mtu: -1 }, "mtu: "],
    [{ mtu: 1.5 }, "mtu: "],
    [{ "log-opts": { "max-file": 3 } }, "log-opts.max-file: "],
    [{ dns: ["nowhere"] }, "nowhere is not an ip address"],
    [{ bip: "10.0.0.1" }, "invalid CIDR address: 10.0.0.1"],
    [{ bip: "10.0.0.1/33" }, "invalid CIDR address"],
    [{ "default-address-pools": [{ base: "10.0.0.0/16", size: 8 }] }, "the size must be between 16 and 32"],
    [{ "default-address-pools": [{ base: "x", size: 8 }] }, "not a CIDR address"],
    [{ labels: ["nothing"] }, "bad attribute format: nothing"],
    [{ "registry-mirrors": ["ftp://x"] }, "not an http or https URL"],
    [{ "registry-mirrors": ["https://user@x/"] }, "query, fragment or user"],
    [{ "default-shm-size": "lots" }, "invalid size: 'lots'"],
    [{ "log-driver": "nosuch" }, "no log driver named 'nosuch' is registered"],
    [{ "log-driver": "constructor" }, "no log driver named 'constructor' is registered"],
    [{ "log-opts": { "max-sizes": "1m" } }, "unknown log opt 'max-sizes' for json-file log driver"],
    [{ "log-level": "loud" }, "log-level: "],
    [{ "log-format": "xml" }, "log-format: "],
    [{ "default-ipc-mode": "host" }, "default-ipc-mode: "],
    [{ "default-cgroupns-mode": "mine" }, "default-cgroupns-mode: "],
    [{ "max-download-attempts": 0 }, "max-download-attempts: "],
    [{ runtimes: { kata: { path: "/k", runtimeType: "x" } } }, "runtimes.kata.runtimeType: not a setting of Berth"],
    [{ proxies: { "ftp-proxy": "x" } }, "proxies.ftp-proxy: not a setting of Berth"],
    [{ proxies: "x" }, "proxies: must be an object"],
    [{ bridge: "much-too-long-a-name" }, "invalid bridge name"],
  ])("%j is refused", (file, message) => {
    expect(() => configOf([], file)).toThrow(message);
  });

  test("rejects a setting in both places", () => {
    expect(() => configOf(["-D", "--data-root", "/a"], { debug: false, "data-root": "/b", mtu: 9000 })).toThrow(
      "the following directives are specified both as a flag and in the configuration file: data-root: (from flag: /a, from file: /b), debug: (from flag: true, from file: false)",
    );
  });
});

describe("hosts", () => {
  const defaults = { defaultSocket: "unix:///run/berth.sock", tls: false };
  test.each<[string, HostAddress]>([
    ["unix:///run/x.sock", { type: "unix", path: "/run/x.sock" }],
    ["unix://", { type: "unix", path: "/run/berth.sock" }],
    ["/run/x.sock", { type: "unix", path: "/run/x.sock" }],
    ["tcp://127.0.0.1:4243", { type: "tcp", host: "127.0.0.1", port: 4243 }],
    ["tcp://[::1]:4243", { type: "tcp", host: "::1", port: 4243 }],
    ["tcp://:4243", { type: "tcp", host: "0.0.0.0", port: 4243 }],
    ["tcp://", { type: "tcp", host: "localhost", port: 2375 }],
    ["10.0.0.1:99", { type: "tcp", host: "10.0.0.1", port: 99 }],
    ["fd://", { type: "inherited", descriptor: undefined }],
    ["fd://4", { type: "inherited", descriptor: 4 }],
  ])("%p", (text, address) => {
    expect(parseHost(text, defaults)).toEqual(address);
  });

  test("the port of TLS", () => {
    expect(parseHost("tcp://0.0.0.0", { ...defaults, tls: true })).toEqual({
      type: "tcp",
      host: "0.0.0.0",
      port: 2376,
    });
  });

  test.each([
    ["fd://name"],
    ["npipe:////./pipe/x"],
    ["unix://relative"],
    ["tcp://a:99999"],
    ["tcp://a:b"],
    ["tcp://a/path"],
  ])("%p is refused", (text) => {
    expect(() => parseHost(text, defaults)).toThrow("invalid host");
  });
});

test("defaults", () => {
  const config = configOf([]);
  expect(config.hosts).toEqual([{ type: "unix", path: "/run/berth.sock" }]);
  expect(config.engine.dataRoot).toBe("/var/lib/berth");
  expect(config.engine.logDriver).toBe("json-file");
  expect(config.logLevel).toBe("info");
  expect(config.tls).toMatchObject({ enabled: false, verifyClients: false, waived: false });
  expect(config.pidFile).toBe("/run/berth/berth.pid");
});

test.each([
  [["--tlsverify"], { enabled: true, verifyClients: true, waived: false }],
  [["--tls"], { enabled: true, verifyClients: false, waived: false }],
  [["--tls", "--tlsverify=false"], { enabled: true, verifyClients: false, waived: true }],
  [["--tls=false"], { enabled: false, verifyClients: false, waived: true }],
])("TLS by %j", (argv, expected) => {
  expect(configOf(argv).tls).toMatchObject(expected);
});

test.each([
  ["64m", 64 * 1024 ** 2],
  ["64M", 64 * 1024 ** 2],
  ["1g", 1024 ** 3],
  ["1.5GiB", 1.5 * 1024 ** 3],
  ["512kb", 512 * 1024],
  ["100", 100],
  [77, 77],
])("%p is %p bytes", (text, bytes) => {
  expect(bytesOf(text)).toBe(bytes);
});
