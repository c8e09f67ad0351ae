// What containers read in /etc/hosts and /etc/resolv.conf, by what was asked for and what the host has.
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ContainerView } from "../../../../src/engine/networks/context.ts";
import {
  changeHosts,
  type FilesContext,
  refreshLinkedHosts,
  sandboxFiles,
} from "../../../../src/engine/networks/files.ts";
import type { ContainerRecord, EndpointRecord, SandboxRecord } from "../../../../src/engine/networks/records.ts";
import { HostResolvers } from "../../../../src/network/host-resolvers.ts";
import { containerRecord, emptyTables, endpointRecord, idOf, networkRecord } from "./fixtures.ts";

const directory = mkdtempSync(join(tmpdir(), "berth-unit-files-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const hostFile = join(directory, "resolv.conf");
writeFileSync(hostFile, "nameserver 192.0.2.1\nsearch host.example\noptions timeout:2\n");

const bridge = networkRecord("bridge", { id: idOf("b") });
const [web, db] = [idOf("1"), idOf("2")];

function sandbox(endpoint: Partial<EndpointRecord> = {}, domainname = ""): SandboxRecord {
  return {
    id: idOf("5"),
    identity: { name: "web", hostname: "box", domainname },
    endpoints: [endpointRecord(bridge.id, endpoint)],
    published: [],
  };
}

/** The default bridge, and two containers on it, of which one may run. */
function context(config: Partial<FilesContext["config"]> = {}, database: Partial<ContainerRecord> = {}): FilesContext {
  const { catalogue, records } = emptyTables();
  catalogue.add(bridge);
  records.save(containerRecord(web, { links: [`${db}:data`] }));
  records.save(containerRecord(db, database));
  const views: ContainerView[] = [
    { id: web, name: "web", hostname: "box", running: false, hostsPath: join(directory, "web") },
    { id: db, name: "db", hostname: "db-box", running: true, hostsPath: join(directory, "db") },
  ];
  return {
    config: { dns: [], dnsSearch: [], dnsOptions: [], hostGatewayIps: [], ...config },
    catalogue,
    records,
    containers: { find: (reference) => views.find(({ id }) => id === reference) },
    resolvers: new HostResolvers([hostFile]),
  };
}

const running: Partial<ContainerRecord> = {
  sandbox: {
    ...sandbox({ ipv4: "10.0.0.9", ipv6: "" }),
    identity: { name: "db", hostname: "db-box", domainname: "" },
  },
};

function hosts(record: Partial<ContainerRecord>, of = context(), own = sandbox()): string[] {
  return sandboxFiles(of, containerRecord(web, record), own, false)
    .hosts.trim()
    .split("\n")
    .filter((line) => !/local|ip6/.test(line));
}

describe("/etc/hosts has", () => {
  test("the container's names for each of its addresses", () => {
    expect(hosts({})).toEqual(["10.0.0.2\tbox", "fd00::2\tbox"]);
    expect(hosts({}, context(), sandbox({ ipv6: "" }, "example.org"))).toEqual(["10.0.0.2\tbox.example.org box"]);
  });

  test.each<[string, string[]]>([
    ["a:192.0.2.7", ["192.0.2.7\ta"]],
    ["a:[2001:db8::7]", ["2001:db8::7\ta"]],
    ["a:2001:DB8::7", ["2001:db8::7\ta"]],
    ["a:host-gateway", ["10.0.0.1\ta", "fd00::1\ta"]],
  ])("what --add-host %s adds", (entry, lines) => {
    expect(hosts({ extraHosts: [entry] })).toEqual([...lines, "10.0.0.2\tbox", "fd00::2\tbox"]);
  });

  test("the configured gateway of the host", () => {
    const of = context({ hostGatewayIps: ["192.0.2.99"] });
    expect(hosts({ extraHosts: ["a:host-gateway"] }, of)).toContain("192.0.2.99\ta");
  });

  test("the names of a linked container", () => {
    expect(hosts({ links: [`${db}:data`] }, context({}, running))).toContain("10.0.0.9\tdata db-box db");
  });

  test("nothing of a linked container that was removed, or outside of the default bridge", () => {
    const own = ["10.0.0.2\tbox", "fd00::2\tbox"];
    expect(hosts({ links: [`${idOf("9")}:data`] })).toEqual(own);
    expect(hosts({ mode: "net", links: [`${db}:data`] })).toEqual(own);
  });

  test.each<[Partial<ContainerRecord>, Partial<ContainerRecord>, string]>([
    [{ extraHosts: ["a:nowhere"] }, {}, 'invalid IP address in add-host: "nowhere"'],
    [{ links: [`${db}:data`] }, {}, "Cannot link to a non running container: /db AS /web/data"],
    [
      { links: [`${db}:data`] },
      { sandbox: { ...sandbox(), endpoints: [] } },
      "Cannot link to /db, as it does not belong to the default network",
    ],
  ])("%j is refused", (record, database, message) => {
    expect(() => hosts(record, context({}, database))).toThrow(message);
  });
});

describe("/etc/resolv.conf has", () => {
  const lines = (record: Partial<ContainerRecord>, of = context(), inHostNetwork = false) =>
    sandboxFiles(of, containerRecord(web, record), sandbox(), inHostNetwork)
      .resolvConf.split("\n")
      .filter((line) => /^[a-z]/.test(line));

  test("the engine's resolver, and the host's as a fallback on the default bridge", () => {
    expect(lines({})).toEqual(expect.arrayContaining(["nameserver 127.0.0.11", "nameserver 192.0.2.1"]));
    expect(lines({ mode: "net" })).not.toContain("nameserver 192.0.2.1");
    expect(lines({})).toContain("search host.example");
  });

  test("the container's settings before the daemon's, and these before the host's", () => {
    const of = context({ dnsSearch: ["daemon.example"] });
    expect(lines({}, of)).toContain("search daemon.example");
    expect(lines({ dnsSearch: ["own.example"] }, of)).toContain("search own.example");
  });

  test("in the host's network the host's settings, changed as asked", () => {
    expect(lines({ dns: ["192.0.2.5"] }, context(), true)).toEqual([
      "nameserver 192.0.2.5",
      "search host.example",
      "options timeout:2",
    ]);
  });
});

test("a container that is started again has its new address in the files of those that link to it", () => {
  const of = context({}, running);
  const { sandbox: present } = of.records.get(db);
  of.records.save({ ...of.records.get(web), sandbox: sandbox() });
  writeFileSync(join(directory, "web"), "127.0.0.1\tlocalhost\n10.0.0.7\tdata db-box db\n");
  if (present) refreshLinkedHosts(of, db, present);
  expect(readFileSync(join(directory, "web"), "utf8")).toBe("127.0.0.1\tlocalhost\n10.0.0.9\tdata db-box db\n");
});

test("a file that is missing is not made", () => {
  changeHosts({ id: "", name: "", hostname: "", running: true, hostsPath: join(directory, "none") }, () => "x");
  expect(() => readFileSync(join(directory, "none"))).toThrow();
});
