// The network service: networks that exist, and the network side of containers.
import type { NetworkSettings, PortSummary } from "../../api/containers.ts";
import { NETLINK_ROUTE, NetlinkSocket } from "../../linux/netlink/socket.ts";
import { bridgeDriver } from "../../network/drivers/bridge.ts";
import { bridgeEntries } from "../../network/firewall/entries.ts";
import { Firewall } from "../../network/firewall/firewall.ts";
import { tableName } from "../../network/firewall/ruleset.ts";
import { enableForwarding, hostHasIpv6 } from "../../network/forwarding.ts";
import { HostPorts } from "../../network/host-ports.ts";
import { HostResolvers } from "../../network/host-resolvers.ts";
import { freePool, hostRoutes, makeUniqueLocalPrefix, poolOfBridgeAddress, requestedPool } from "./address-plan.ts";
import { Catalogue } from "./catalogue.ts";
import { ContainerRecords } from "./container-records.ts";
import type { NetworkContext, NetworksDependencies } from "./context.ts";
import type { Network } from "./network.ts";
import { type NetworkPlan, planRecord } from "./plan.ts";
import { defaultBridge, placeholderNetwork } from "./predefined.ts";
import type { NetworkIdentity } from "./records.ts";
import { kindOfMode, type Sandbox, Sandboxes } from "./sandboxes.ts";
import { networkSettings, portSummaries } from "./settings.ts";
import { NetworkStore } from "./store.ts";
import { sweep } from "./sweep.ts";

export class Networks {
  private readonly context: NetworkContext;
  private readonly sandboxes: Sandboxes;

  constructor({ database, events, config, log, containers }: NetworksDependencies) {
    const store = new NetworkStore(database);
    this.context = {
      config,
      events,
      log,
      containers,
      store,
      catalogue: new Catalogue(store, config.mtu),
      records: new ContainerRecords(store),
      drivers: new Map([[bridgeDriver.name, bridgeDriver]]),
      firewall: new Firewall(tableName(config.bridge), log),
      ports: new HostPorts(),
      resolvers: new HostResolvers(),
      host: new NetlinkSocket(NETLINK_ROUTE),
    };
    this.sandboxes = new Sandboxes(this.context);
    this.addPredefined();
  }

  /** At create. @throws BerthError notFound for an unknown network, invalidParameter for what cannot be. */
  plan(containerId: string, plan: NetworkPlan): void {
    this.context.records.save(planRecord(containerId, plan, this.context.catalogue));
  }

  /** At remove. */
  forget(containerId: string): void {
    this.sandboxes.close(containerId);
    this.context.records.delete(containerId);
  }

  /** At start. See {@link Sandboxes.open}. */
  open(containerId: string, identity: NetworkIdentity): Sandbox {
    return this.sandboxes.open(containerId, identity);
  }

  /** At exit. */
  close(containerId: string): void {
    this.sandboxes.close(containerId);
  }

  settings(containerId: string): NetworkSettings {
    const record = this.context.records.get(containerId);
    const view = this.context.containers.find(containerId);
    return networkSettings(record, {
      network: (id) => this.context.catalogue.get(id),
      identity: { name: view?.name ?? "", hostname: view?.hostname ?? "" },
      namespacePath: kindOfMode(record) === "host" ? "" : this.sandboxes.path(containerId),
    });
  }

  ports(containerId: string): PortSummary[] {
    const record = this.context.records.find(containerId);
    return record ? portSummaries(record) : [];
  }

  /** At the engine's start: makes what networks need on the host, takes up containers that run, sweeps the rest. */
  async restore(runningIds: readonly string[]): Promise<void> {
    const running = new Set(runningIds);
    const { records, firewall, catalogue, config, log } = this.context;
    if (config.ipForward) enableForwarding(log);
    for (const network of catalogue.all()) this.bringUp(network);
    for (const record of records.all()) {
      if (running.has(record.containerId)) this.sandboxes.restore(record);
      else this.sandboxes.close(record.containerId);
    }
    sweep(this.context);
    await firewall.install();
  }

  private bringUp(network: Network): void {
    const driver = this.context.drivers.get(network.record.driver);
    if (!driver) return;
    driver.up(network.driverNetwork, this.context.host);
    const traits = driver.firewall(network.driverNetwork);
    if (traits) this.context.firewall.add(bridgeEntries(traits));
  }

  private addPredefined(): void {
    const { catalogue, config, store, host } = this.context;
    for (const [name, driver] of [
      ["host", "host"],
      ["none", "null"],
    ] as const) {
      if (!catalogue.byName(name)) catalogue.add(placeholderNetwork(name, driver));
    }
    if (catalogue.byName("bridge")) return;
    const record = defaultBridge({ bridge: config.bridge, masquerade: config.ipMasq, mtu: config.mtu });
    const used = [...catalogue.used(), ...hostRoutes(host, new Set([config.bridge]))];
    const sources = {
      pools: config.defaultAddressPools,
      uniqueLocal: store.setting("unique local prefix", makeUniqueLocalPrefix),
    };
    const pools = [
      config.bip === "" ? freePool(4, sources, used) : requestedPool(poolOfBridgeAddress(config.bip), catalogue.used()),
    ];
    const enableIPv6 = config.ipv6 && hostHasIpv6();
    if (enableIPv6) pools.push(freePool(6, sources, used));
    catalogue.add({ ...record, enableIPv6, ipam: { ...record.ipam, pools } });
  }
}
