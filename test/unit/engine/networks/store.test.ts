// Network records in the database: what older versions wrote, and what is damaged.
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import type { Log } from "../../../../src/api/log.ts";
import { NetworkStore } from "../../../../src/engine/networks/store.ts";
import { ScopedSockets } from "../../../../src/engine/scoped-sockets.ts";
import { migrations } from "../../../../src/storage/migrations/index.ts";
import { containerRecord } from "./fixtures.ts";

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

const id = "0123456789abcdef".repeat(4);

/** A network as the first release of Berth wrote it. */
const firstVersion = {
  id,
  name: "net",
  created: "2026-01-01T00:00:00Z",
  driver: "bridge",
  internal: false,
  attachable: false,
  ingress: false,
  configOnly: false,
  configFrom: "",
  enableIPv4: true,
  enableIPv6: false,
  ipam: { driver: "default", options: null, pools: [{ Subnet: "10.0.0.0/24", Gateway: "10.0.0.1" }] },
  options: {},
  labels: {},
  bridge: "br-0123456789ab",
  adopted: false,
};

/** A database of that version with the documents, brought up to date. */
function upgraded(networks: unknown[]): Database {
  const database = new Database(":memory:", { strict: true });
  for (const migration of migrations.slice(0, 5)) database.exec(migration);
  for (const [index, document] of networks.entries()) {
    database
      .query("INSERT INTO networks (id, name, document) VALUES (?, ?, ?)")
      .run(id, `net${index}`, typeof document === "string" ? document : JSON.stringify(document));
  }
  for (const migration of migrations.slice(5)) database.exec(migration);
  return database;
}

test.each([
  [{}, "br-0123456789ab"],
  [{ driver: "macvlan", bridge: "", options: { parent: "eth0.50" } }, "eth0.50"],
  [{ driver: "ipvlan", bridge: "", internal: true, options: { parent: "eth0" } }, "dm-0123456789ab"],
  [{ driver: "macvlan", bridge: "", internal: true }, "dm-0123456789ab"],
  [{ driver: "null", bridge: "", configOnly: true }, ""],
])("a network of the first release with %p uses the host's interface %p", (changes, hostInterface) => {
  const [network] = new NetworkStore(upgraded([{ ...firstVersion, ...changes }]), silent).networks();
  expect(network).toMatchObject({ name: "net", hostInterface });
  expect(network).not.toHaveProperty("bridge");
});

test("a damaged document is reported and does not hide the others", () => {
  const errors: unknown[] = [];
  const database = upgraded([firstVersion]);
  database.exec(`INSERT INTO networks (id, name, document) VALUES ('damaged', 'damaged', '{"id":"damaged"}')`);
  const store = new NetworkStore(database, { ...silent, error: (_message, fields) => errors.push(fields?.id) });
  expect(store.networks().map(({ name }) => name)).toEqual(["net"]);
  expect(errors).toEqual(["damaged"]);
});

test("the ports of a container of the first release become ranges", () => {
  const before = new Database(":memory:", { strict: true });
  for (const migration of migrations.slice(0, 5)) before.exec(migration);
  const container = {
    containerId: "c",
    mode: "bridge",
    disabled: false,
    attachments: [],
    macAddress: "",
    exposed: ["80/tcp"],
    bindings: {
      "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "8080" }, { HostPort: "8000-8010" }],
      "53/UDP": [{}],
      "9/tcp": null,
    },
    publishAll: false,
    dns: [],
    dnsSearch: [],
    dnsOptions: [],
    extraHosts: [],
    links: [],
  };
  const sandbox = {
    id: "s",
    identity: { name: "n", hostname: "h", domainname: "" },
    endpoints: [],
    published: [{ protocol: "tcp", port: 80, hostAddress: "127.0.0.1", hostPort: 8080, count: 2 }],
  };
  const add = before.query("INSERT INTO container_networks (container_id, document) VALUES (?, ?)");
  add.run("c", JSON.stringify({ ...container, sandbox }));
  add.run("d", JSON.stringify({ ...container, containerId: "d", bindings: {} }));
  for (const migration of migrations.slice(5)) before.exec(migration);
  const [running, stopped] = new NetworkStore(before, silent).containers();
  const request = { protocol: "tcp", containerPort: 80, count: 1 } as const;
  expect(running?.requests).toEqual([
    { ...request, hostAddresses: ["127.0.0.1"], hostPort: 8080, lastHostPort: 8080 },
    { ...request, hostAddresses: [], hostPort: 8000, lastHostPort: 8010 },
    { ...request, protocol: "udp", containerPort: 53, hostAddresses: [], hostPort: 0, lastHostPort: 0 },
  ]);
  expect(running?.sandbox?.published).toEqual([{ ...request, hostAddresses: ["127.0.0.1"], hostPort: 8080, count: 2 }]);
  expect(stopped).toMatchObject({ containerId: "d", requests: [] });
  expect(stopped?.sandbox).toBeUndefined();
});

test("subnets, endpoints and sockets of earlier releases get the engine's form", () => {
  const before = new Database(":memory:", { strict: true });
  for (const migration of migrations.slice(0, 8)) before.exec(migration);
  const pools = [
    { Subnet: "10.0.0.0/16", IPRange: "10.0.5.0/24", Gateway: "10.0.0.1", AuxiliaryAddresses: { router: "10.0.0.2" } },
    { Subnet: "fd00::/64" },
  ];
  const { bridge: hostInterface, ...network } = { ...firstVersion, ipam: { ...firstVersion.ipam, pools } };
  before
    .query("INSERT INTO networks (id, name, document) VALUES (?, ?, ?)")
    .run(id, "net", JSON.stringify({ ...network, hostInterface }));
  const requests = [
    {
      IPAMConfig: { IPv4Address: "10.0.0.9", IPv6Address: "", LinkLocalIPs: ["169.254.1.1"] },
      Links: ["db:data"],
      Aliases: ["web", 'a "quoted" one'],
      MacAddress: "02:42:00:00:00:01",
      DriverOpts: { "com.docker.network.endpoint.ifname": "wan" },
      GwPriority: 5,
      NetworkID: id,
    },
    { IPAMConfig: {} },
    {},
  ];
  const attachments = requests.map((request) => ({ networkId: id, request }));
  before
    .query("INSERT INTO container_networks (container_id, document) VALUES (?, ?)")
    .run("c", JSON.stringify(containerRecord("c", { attachments: [] })).replace("[]", JSON.stringify(attachments)));
  const socket = { Name: "ci", Allow: ["read"], Labels: ["a=b"], Group: "", Created: "2026-01-01T00:00:00Z" };
  before.query("INSERT INTO scoped_sockets (name, spec) VALUES (?, ?)").run("ci", JSON.stringify(socket));
  for (const migration of migrations.slice(8)) before.exec(migration);
  const store = new NetworkStore(before, silent);
  expect(store.networks()[0]?.ipam.pools).toEqual([
    {
      subnet: "10.0.0.0/16",
      ipRange: "10.0.5.0/24",
      gateway: "10.0.0.1",
      auxiliaryAddresses: { router: "10.0.0.2" },
    },
    { subnet: "fd00::/64" },
  ]);
  expect(store.containers()[0]?.attachments.map(({ request }) => request)).toEqual([
    {
      addresses: { ipv4: "10.0.0.9", ipv6: "", linkLocal: ["169.254.1.1"] },
      links: ["db:data"],
      aliases: ["web", 'a "quoted" one'],
      macAddress: "02:42:00:00:00:01",
      driverOptions: { "com.docker.network.endpoint.ifname": "wan" },
      gatewayPriority: 5,
    },
    { addresses: {} },
    {},
  ]);
  expect(new ScopedSockets(before, "/run/x").list()).toEqual([
    {
      name: "ci",
      allow: ["read"],
      labels: ["a=b"],
      group: "",
      created: "2026-01-01T00:00:00Z",
      path: "/run/x/sockets/ci/berth.sock",
    },
  ]);
});
