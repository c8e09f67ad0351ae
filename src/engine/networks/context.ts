// What the parts of the network service share: other services of the engine, and access to the kernel.
import type { Database } from "bun:sqlite";
import type { Log } from "../../api/log.ts";
import type { NetlinkSocket } from "../../linux/netlink/socket.ts";
import type { Upstream } from "../../network/dns/upstream.ts";
import type { NetworkDriver } from "../../network/drivers/driver.ts";
import type { Firewall } from "../../network/firewall/firewall.ts";
import type { HostPorts } from "../../network/host-ports.ts";
import type { HostResolvers } from "../../network/host-resolvers.ts";
import type { EngineConfig } from "../config.ts";
import type { Events } from "../events.ts";
import type { Catalogue } from "./catalogue.ts";
import type { ContainerRecords } from "./container-records.ts";
import type { DnsNames } from "./dns-names.ts";
import type { NetworkStore } from "./store.ts";

/** A container as the network service sees it. */
export interface ContainerView {
  id: string;
  name: string;
  hostname: string;
  running: boolean;
  /** The host's path of its /etc/hosts, which is changed in place when it joins or leaves a network. */
  hostsPath: string;
}

/** Finds containers by name or ID. */
export interface Containers {
  find(reference: string): ContainerView | undefined;
}

export interface NetworksDependencies {
  database: Database;
  events: Events;
  config: EngineConfig;
  log: Log;
  containers: Containers;
}

export interface NetworkContext {
  config: EngineConfig;
  events: Events;
  log: Log;
  containers: Containers;
  store: NetworkStore;
  catalogue: Catalogue;
  records: ContainerRecords;
  drivers: ReadonlyMap<string, NetworkDriver>;
  firewall: Firewall;
  ports: HostPorts;
  resolvers: HostResolvers;
  names: DnsNames;
  upstream: Upstream;
  /** A route socket of the host's network namespace. */
  host: NetlinkSocket;
}
