// The values of `run` and `create`: what they become on the wire, and Docker's words for what is wrong with them.
import { describe, expect, test } from "bun:test";
import * as check from "../../../src/cli/container-spec/checks.ts";
import { readDeviceRequests, readDevices } from "../../../src/cli/container-spec/devices.ts";
import { createFlags } from "../../../src/cli/container-spec/flags.ts";
import { readMount } from "../../../src/cli/container-spec/mounts.ts";
import { networkingOptions, readNetwork } from "../../../src/cli/container-spec/networks.ts";
import { planPorts } from "../../../src/cli/container-spec/ports.ts";
import { createRequest } from "../../../src/cli/container-spec/request.ts";
import { parseArguments } from "../../../src/cli/flags/parse.ts";

const noNetworkFlags = { aliases: [], links: [], linkLocal: [], ip: "", ip6: "", mac: "" };

function requestOf(...line: string[]) {
  const { values, given, positionals } = parseArguments(createFlags(""), line, { stopAtPositional: true });
  const [image = "", ...command] = positionals;
  return createRequest(values, given, image, command);
}

describe("ports", () => {
  test.each([
    ["80", { "80/tcp": [{ HostIp: "", HostPort: "" }] }],
    ["8080:80", { "80/tcp": [{ HostIp: "", HostPort: "8080" }] }],
    ["127.0.0.1:8080:80/udp", { "80/udp": [{ HostIp: "127.0.0.1", HostPort: "8080" }] }],
    ["127.0.0.1::80", { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] }],
    ["[::1]:8080:80", { "80/tcp": [{ HostIp: "::1", HostPort: "8080" }] }],
    ["8000-8010:80", { "80/tcp": [{ HostIp: "", HostPort: "8000-8010" }] }],
    ["80-81:90-91", { "90/tcp": [{ HostIp: "", HostPort: "80" }], "91/tcp": [{ HostIp: "", HostPort: "81" }] }],
    ["published=1,target=2,protocol=sctp", { "2/sctp": [{ HostIp: "", HostPort: "1" }] }],
  ])("%s", (given, bindings) => {
    expect(planPorts([given], []).bindings).toEqual(bindings);
  });

  test.each([
    ["x:y", "invalid containerPort: y"],
    ["x:80", "invalid hostPort: x"],
    ["99999:80", "invalid hostPort: 99999"],
    ["80:80:80:80", "invalid IP address: 80:80"],
    ["1.2.3:80:80", "invalid IP address: 1.2.3"],
    ["80/foo", "invalid proto: foo"],
    ["", "no port specified: <empty>"],
    ["80-90:1-3", "invalid ranges specified for container and host Ports: 1-3 and 80-90"],
  ])("%s is refused", (given, message) => {
    expect(() => planPorts([given], [])).toThrow(message);
  });

  test("exposed ones", () => {
    expect(Object.keys(planPorts([], ["80", "90-91/udp"]).exposed)).toEqual(["80/tcp", "90/udp", "91/udp"]);
    expect(() => planPorts([], ["80-70"])).toThrow(
      "invalid range format for --expose: 80-70, error: invalid range specified for port: 80-70",
    );
  });
});

describe("mounts", () => {
  test.each([
    ["type=bind,src=/a,dst=/b,ro", { Type: "bind", Source: "/a", Target: "/b", ReadOnly: true }],
    ["target=/b", { Type: "volume", Target: "/b" }],
    [
      "type=bind,source=/a,target=/b,bind-propagation=rshared,idmap=match-user",
      { Type: "bind", BindOptions: { Propagation: "rshared", IdMap: "match-user" } },
    ],
    [
      "type=volume,src=v,dst=/b,volume-nocopy,volume-driver=d,volume-opt=a=b,volume-label=x=y",
      { VolumeOptions: { NoCopy: true, Labels: { x: "y" }, DriverConfig: { Name: "d", Options: { a: "b" } } } },
    ],
    ["type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=1777", { TmpfsOptions: { SizeBytes: 1048576, Mode: 0o1777 } }],
    ["type=image,src=i,dst=/i,image-subpath=etc", { ImageOptions: { Subpath: "etc" } }],
    ['type=bind,"src=/a,b",dst=/b', { Source: "/a,b" }],
  ])("%s", (given, expected) => {
    expect(readMount(given)).toMatchObject(expected);
  });

  test.each([
    ["x", "invalid field 'x' must be a key=value pair"],
    ["type=bind,source=/a", "target is required"],
    ["type=tmpfs,target=/x,foo=bar", "unexpected key 'foo' in 'foo=bar'"],
    ["type=volume,target=/x,bind-propagation=private", "cannot mix 'bind-*' options with mount type 'volume'"],
    ["type=bind,src=/a,dst=/b,readonly=x", "invalid value for readonly: x"],
  ])("%s is refused", (given, message) => {
    expect(() => readMount(given)).toThrow(message);
  });
});

describe("networks", () => {
  test("a name or fields", () => {
    expect(readNetwork("n1").target).toBe("n1");
    expect(readNetwork("name=n1,alias=a,alias=b,ip=10.0.0.5,driver-opt=k=v,gw-priority=-5")).toMatchObject({
      target: "n1",
      aliases: ["a", "b"],
      ip: "10.0.0.5",
      driverOptions: { k: "v" },
      priority: -5,
    });
    expect(() => readNetwork("name=x,foo=b")).toThrow("invalid field key foo");
  });

  test("other flags apply to the first network", () => {
    const plan = networkingOptions([readNetwork("n1"), readNetwork("n2")], {
      ...noNetworkFlags,
      aliases: ["a"],
      ip: "10.0.0.5",
    });
    expect(plan).toEqual({
      mode: "n1",
      endpoints: { n1: { Aliases: ["a"], IPAMConfig: { IPv4Address: "10.0.0.5" } }, n2: {} },
    });
  });

  test("a network without settings needs no endpoint", () => {
    expect(networkingOptions([], noNetworkFlags)).toEqual({ mode: "default", endpoints: {} });
    expect(networkingOptions([readNetwork("host")], noNetworkFlags)).toEqual({ mode: "host", endpoints: {} });
  });

  test.each([
    [["a", "a"], {}, 'network "a" is specified multiple times'],
    [["host", "n1"], {}, "conflicting options: cannot attach both user-defined and non-user-defined network-modes"],
    [[], { aliases: ["x"] }, "network-scoped aliases are only supported for user-defined networks"],
    [
      ["name=n,ip=1.2.3.4"],
      { ip: "1.2.3.5" },
      "conflicting options: cannot specify both --ip and per-network IPv4 address",
    ],
    [["n"], { mac: "x" }, "x is not a valid mac address"],
  ])("%j with %j is refused", (names, flags, message) => {
    expect(() => networkingOptions(names.map(readNetwork), { ...noNetworkFlags, ...flags })).toThrow(message);
  });
});

describe("single values", () => {
  test.each([
    [() => check.readUlimit("nofile=1024:2048"), { Name: "nofile", Soft: 1024, Hard: 2048 }],
    [() => check.readUlimit("core=-1"), { Name: "core", Soft: -1, Hard: -1 }],
    [() => check.readDeviceWeight("/dev/sda:500"), { Path: "/dev/sda", Weight: 500 }],
    [() => check.readByteRate("/dev/sda:1mb"), { Path: "/dev/sda", Rate: 1048576 }],
    [() => check.checkExtraHost("a=[::1]"), "a:::1"],
    [() => check.checkExtraHost("a:host-gateway"), "a:host-gateway"],
    [
      () => readDevices(["/dev/a:/dev/b:r"]).mappings,
      [{ PathOnHost: "/dev/a", PathInContainer: "/dev/b", CgroupPermissions: "r" }],
    ],
    [
      () => readDevices(["/dev/a:rw"]).mappings,
      [{ PathOnHost: "/dev/a", PathInContainer: "/dev/a", CgroupPermissions: "rw" }],
    ],
    [() => readDevices(["v.com/c=all"]).requests, [{ Driver: "cdi", DeviceIDs: ["v.com/c=all"] }]],
    [() => readDeviceRequests("all", []), [{ Driver: "", Options: {}, Count: -1, Capabilities: [["gpu"]] }]],
  ])("%#", (read, expected) => {
    expect(read()).toEqual(expected);
  });

  test.each([
    [() => check.readUlimit("x"), "invalid ulimit argument: x"],
    [() => check.readUlimit("foo=1"), "invalid ulimit type: foo"],
    [() => check.readUlimit("nofile=5:3"), "ulimit soft limit must be less than or equal to hard limit: 5 > 3"],
    [() => check.checkAttach("foo"), "valid streams are STDIN, STDOUT and STDERR"],
    [() => check.checkAddress("x"), "IP address is not correctly formatted: x"],
    [() => check.checkSysctl("x"), "sysctl 'x' is not allowed"],
    [() => check.checkLabel(""), "invalid label '': empty name"],
    [() => check.checkEnvironment(""), "invalid environment variable: "],
    [() => check.checkExtraHost("x"), 'bad format for add-host: "x"'],
    [() => check.checkDeviceRule("x"), "invalid device cgroup format 'x'"],
    [() => readDevices([":"]), "bad format for path: :"],
    [() => readDevices(["/dev/a:/dev/b:x"]), "bad mode specified: x"],
    [() => readDevices(["a:b"]), "b is not an absolute path"],
    [() => readDeviceRequests("x", []), 'invalid count (x): value must be either "all" or an integer: invalid syntax'],
  ])("%# is refused", (read, message) => {
    expect(read).toThrow(message);
  });
});

describe("the request", () => {
  test("of a plain command line", () => {
    expect(requestOf("-it", "-e", "A=1", "--rm", "busybox", "ls", "-l")).toMatchObject({
      Image: "busybox",
      Cmd: ["ls", "-l"],
      Env: ["A=1"],
      Tty: true,
      OpenStdin: true,
      StdinOnce: true,
      AttachStdin: true,
      AttachStdout: true,
      HostConfig: { AutoRemove: true, NetworkMode: "default", RestartPolicy: { Name: "no", MaximumRetryCount: 0 } },
    });
  });

  test("distinguishes empty and missing values", () => {
    expect(requestOf("x").Entrypoint).toBeUndefined();
    expect(requestOf("--entrypoint", "", "x").Entrypoint).toEqual([""]);
    expect(requestOf("x").HostConfig?.Init).toBeUndefined();
    expect(requestOf("--init=false", "x").HostConfig?.Init).toBe(false);
  });

  test("with volumes of both kinds", () => {
    const { Volumes, HostConfig } = requestOf("-v", "/a", "-v", "/b:/c:ro", "-v", "./d:/e", "-v", "/b:/c:ro", "x");
    expect(Volumes).toEqual({ "/a": {} });
    expect(HostConfig?.Binds).toEqual(["/b:/c:ro", `${process.cwd()}/d:/e`]);
  });

  test.each([
    [["--pid", "x"], "--pid: invalid PID mode"],
    [["--restart", "on-failure:x"], "invalid restart policy format: maximum retry count must be an integer"],
    [["--memory-swappiness", "500"], "invalid value: 500. Valid memory swappiness range is 0-100"],
    [["--health-cmd", "x", "--no-healthcheck"], "--no-healthcheck conflicts with --health-* options"],
    [["--health-interval", "-5s"], "--health-interval cannot be negative"],
    [["--log-driver", "none", "--log-opt", "a=b"], "invalid logging opts for driver none"],
    [["--security-opt", "x"], 'Invalid --security-opt: "x"'],
    [["--storage-opt", "x"], "invalid storage option"],
    [["-v", ""], "invalid empty volume spec"],
    [["--env-file", "/nope"], "open /nope: no such file or directory"],
  ])("%j is refused", (line, message) => {
    expect(() => requestOf(...line, "x")).toThrow(message);
  });
});
