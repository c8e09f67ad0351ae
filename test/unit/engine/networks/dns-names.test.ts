// The names that DNS answers to a container.
import { beforeEach, expect, test } from "bun:test";
import { DnsNames } from "../../../../src/engine/networks/dns-names.ts";
import type { EndpointRecord } from "../../../../src/engine/networks/records.ts";
import { formatAddress, parseAddress } from "../../../../src/network/ip.ts";
import { containerRecord, emptyTables, endpointRecord, idOf, networkRecord } from "./fixtures.ts";

const one = idOf("1");
const two = idOf("2");
let tables: ReturnType<typeof emptyTables>;
let names: DnsNames;

beforeEach(() => {
  tables = emptyTables();
  tables.catalogue.add(networkRecord("One", { id: one }));
  tables.catalogue.add(networkRecord("two", { id: two }));
  names = new DnsNames(tables.catalogue, tables.records);
});

/** A running container on networks, with the last number of its addresses. */
function run(digit: string, name: string, endpoints: Partial<EndpointRecord>[], request = {}, hostname = "") {
  const containerId = idOf(digit);
  tables.records.save(
    containerRecord(containerId, {
      attachments: endpoints.map(({ networkId = "" }) => ({ networkId, request })),
      sandbox: {
        id: idOf("f"),
        identity: { name, hostname, domainname: "" },
        endpoints: endpoints.map((endpoint) => endpointRecord("", endpoint)),
        published: [],
      },
    }),
  );
  names.changed();
  return containerId;
}

const lookUp = (id: string, name: string) => names.viewOf(id).addresses(name)?.map(formatAddress);
const nameOf = (id: string, text: string) => {
  const address = parseAddress(text);
  return address && names.viewOf(id).nameOf(address);
};

test("name, alias, host name, short ID, each also with the network's name", () => {
  const asking = run("a", "asking", [{ networkId: one, ipv4: "10.0.0.2", ipv6: "" }]);
  run("b", "Web", [{ networkId: one, ipv4: "10.0.0.3", ipv6: "fd00::3" }], { aliases: ["www"] }, "host");
  for (const name of ["web", "www", "host", "bbbbbbbbbbbb", "web.one"]) {
    expect([name, lookUp(asking, name)]).toEqual([name, ["10.0.0.3", "fd00::3"]]);
  }
  expect(lookUp(asking, "web.two")).toBeUndefined();
  expect(nameOf(asking, "fd00::3")).toBe("Web.One");
  expect(nameOf(asking, "10.0.0.9")).toBeUndefined();
});

test("resolves an alias to all its containers, each once", () => {
  const asking = run("a", "asking", [{ networkId: one, ipv4: "10.0.0.2", ipv6: "" }]);
  run("b", "web1", [{ networkId: one, ipv4: "10.0.0.3", ipv6: "" }], { aliases: ["web", "web"] });
  run("c", "web2", [{ networkId: one, ipv4: "10.0.0.4", ipv6: "" }], { aliases: ["web"] });
  expect(lookUp(asking, "web")).toEqual(["10.0.0.3", "10.0.0.4"]);
});

test("resolves only names of the container's networks", () => {
  const asking = run("a", "asking", [{ networkId: one, ipv4: "10.0.0.2", ipv6: "" }]);
  run("b", "web", [{ networkId: two, ipv4: "10.0.0.3", ipv6: "" }]);
  expect(lookUp(asking, "web")).toBeUndefined();
  expect(nameOf(asking, "10.0.0.3")).toBeUndefined();
  run("a", "asking", [
    { networkId: one, ipv4: "10.0.0.2", ipv6: "" },
    { networkId: two, ipv4: "10.0.0.5", ipv6: "" },
  ]);
  expect(lookUp(asking, "web")).toEqual(["10.0.0.3"]);
});

test("a link is a name for this container only", () => {
  const asking = run("a", "asking", [{ networkId: one, ipv4: "10.0.0.2", ipv6: "" }], { links: ["web:DB"] });
  const other = run("c", "other", [{ networkId: one, ipv4: "10.0.0.4", ipv6: "" }]);
  run("b", "web", [{ networkId: one, ipv4: "10.0.0.3", ipv6: "" }]);
  expect(lookUp(asking, "db")).toEqual(["10.0.0.3"]);
  expect(lookUp(other, "db")).toBeUndefined();
});

test("a stopped container has no name", () => {
  const asking = run("a", "asking", [{ networkId: one, ipv4: "10.0.0.2", ipv6: "" }]);
  const web = run("b", "web", [{ networkId: one, ipv4: "10.0.0.3", ipv6: "" }]);
  tables.records.save(containerRecord(web));
  names.changed();
  expect(lookUp(asking, "web")).toBeUndefined();
});
