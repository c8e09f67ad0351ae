import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HostResolvers } from "../../../src/network/host-resolvers.ts";
import { hostsFile, ownNames, withoutRecords, withRecords } from "../../../src/network/hosts-file.ts";
import {
  containerResolvConf,
  formatResolvConf,
  hostResolvConf,
  isReachableNameserver,
  parseResolvConf,
} from "../../../src/network/resolv-conf.ts";

const none = { nameservers: [], search: [], options: [] };

describe("/etc/hosts", () => {
  test("has Docker's lines in Docker's order", () => {
    const text = hostsFile({
      ipv6: true,
      extra: [{ address: "10.0.0.1", names: "gateway" }],
      own: [{ address: "172.17.0.2", names: "abc" }],
    });
    expect(text).toBe(
      [
        "127.0.0.1\tlocalhost",
        "::1\tlocalhost ip6-localhost ip6-loopback",
        "fe00::\tip6-localnet",
        "ff00::\tip6-mcastprefix",
        "ff02::1\tip6-allnodes",
        "ff02::2\tip6-allrouters",
        "10.0.0.1\tgateway",
        "172.17.0.2\tabc",
        "",
      ].join("\n"),
    );
  });

  test("without IPv6 has no IPv6 lines", () => {
    const extra = [
      { address: "fd00::1", names: "six" },
      { address: "10.0.0.1", names: "four" },
    ];
    expect(hostsFile({ ipv6: false, extra, own: [] })).toBe("127.0.0.1\tlocalhost\n10.0.0.1\tfour\n");
  });

  test.each([
    ["web", "", "web"],
    ["web", "example.org", "web.example.org web"],
    ["web.example.org", "", "web.example.org web"],
  ])("host name %p in domain %p is %p", (host, domain, names) => expect(ownNames(host, domain)).toBe(names));

  test("lines are added and removed without changing the user's", () => {
    const record = { address: "10.0.0.2", names: "abc" };
    const text = withRecords("127.0.0.1\tlocalhost\n# mine", [record]);
    expect(text).toBe("127.0.0.1\tlocalhost\n# mine\n10.0.0.2\tabc\n");
    expect(withoutRecords(text, [record])).toBe("127.0.0.1\tlocalhost\n# mine\n");
    expect(withoutRecords("10.0.0.2\tabc extra\n", [record])).toBe("10.0.0.2\tabc extra\n");
  });
});

describe("/etc/resolv.conf", () => {
  const host = { nameservers: ["127.0.0.53", "192.0.2.1", "192.0.2.2"], search: ["example.org"], options: ["edns0"] };

  test("is read as the C library reads it", () => {
    const text =
      "# comment\nnameserver 192.0.2.1\ndomain old.org\nsearch a.org b.org\noptions ndots:2 rotate\noptions edns0\n";
    expect(parseResolvConf(text)).toEqual({
      nameservers: ["192.0.2.1"],
      search: ["a.org", "b.org"],
      options: ["ndots:2", "rotate", "edns0"],
    });
  });

  test.each([
    ["127.0.0.53", false],
    ["::1", false],
    ["fe80::1%eth0", false],
    ["192.0.2.1", true],
    ["fd00::1", true],
  ])("%s can be reached from a container: %p", (address, expected) =>
    expect(isReachableNameserver(address)).toBe(expected),
  );

  test("has only Berth's resolver on a user-defined network", () => {
    expect(
      formatResolvConf(containerResolvConf(host, none, false))
        .split("\n")
        .slice(4),
    ).toEqual(["nameserver 127.0.0.11", "search example.org", "options edns0 ndots:0", ""]);
  });

  test("has the host's reachable resolvers, or public ones, on the default bridge", () => {
    expect(containerResolvConf(host, none, true).nameservers).toEqual(["127.0.0.11", "192.0.2.1", "192.0.2.2"]);
    expect(containerResolvConf({ ...none, nameservers: ["127.0.0.1"] }, none, true).nameservers).toEqual([
      "127.0.0.11",
      "8.8.8.8",
      "8.8.4.4",
    ]);
  });

  test("the user's settings replace the host's", () => {
    const overrides = { nameservers: ["10.0.0.9"], search: ["."], options: ["ndots:3"] };
    expect(containerResolvConf(host, overrides, true)).toEqual({
      nameservers: ["127.0.0.11", "10.0.0.9"],
      search: [],
      options: ["ndots:3"],
    });
    expect(hostResolvConf(host, overrides)).toEqual({ nameservers: ["10.0.0.9"], search: [], options: ["ndots:3"] });
  });

  test("of the host is read again when it changes, and behind systemd-resolved", () => {
    const directory = mkdtempSync(join(tmpdir(), "berth-resolvers-"));
    const [own, behind] = [join(directory, "own"), join(directory, "behind")];
    writeFileSync(own, "nameserver 127.0.0.53\n");
    writeFileSync(behind, "nameserver 192.0.2.9\n");
    const resolvers = new HostResolvers([own, behind]);
    expect(resolvers.forHost().nameservers).toEqual(["127.0.0.53"]);
    expect(resolvers.forContainers().nameservers).toEqual(["192.0.2.9"]);
    writeFileSync(own, "nameserver 192.0.2.1\nnameserver 192.0.2.2\n");
    expect(resolvers.forHost().nameservers).toEqual(["192.0.2.1", "192.0.2.2"]);
    expect(resolvers.forContainers().nameservers).toEqual(["192.0.2.1", "192.0.2.2"]);
    rmSync(directory, { recursive: true });
    expect(resolvers.forHost().nameservers).toEqual([]);
  });
});
