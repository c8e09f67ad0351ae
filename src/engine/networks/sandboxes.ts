// The networks of running containers: opened at start, closed at exit, taken up again after a restart of the engine.
import { join as joinPath } from "node:path";
import type { HeldPort } from "../../network/host-ports.ts";
import {
  addInterface,
  createSandbox,
  type DefaultRoute,
  releaseSandbox,
  setDefaultRoutes,
} from "../../network/sandbox.ts";
import type { NetworkContext } from "./context.ts";
import {
  gatewayJoin,
  interfaceAddresses,
  type Join,
  linkLocalAddresses,
  makeEndpoint,
  releaseEndpoint,
} from "./endpoints.ts";
import { sandboxFiles } from "./files.ts";
import { newId } from "./ids.ts";
import { publicationEntries, publish, publishingJoin, retakePorts } from "./publishing.ts";
import type { ContainerRecord, EndpointRecord, NetworkIdentity, SandboxRecord } from "./records.ts";

/** The network side of a container that is being started. */
export interface Sandbox {
  /** The path of its network namespace; undefined when it lives in the host's or another container's. */
  namespacePath: string | undefined;
  /** The contents of /etc/hosts and /etc/resolv.conf; empty where another's files are shared. */
  hosts: string;
  resolvConf: string;
  /** Settles when packets flow. */
  ready: Promise<void>;
}

/** How a container's mode says it lives. */
export type ModeKind = "host" | "none" | "shared" | "own";

export function kindOfMode({ mode, disabled }: ContainerRecord): ModeKind {
  if (mode.startsWith("container:")) return "shared";
  if (mode === "host") return "host";
  return disabled || mode === "none" ? "none" : "own";
}

export class Sandboxes {
  private readonly context: NetworkContext;
  private readonly held = new Map<string, HeldPort[]>();

  constructor(context: NetworkContext) {
    this.context = context;
  }

  /** The namespace's path of a container that has one of its own. */
  path(containerId: string): string {
    return joinPath(this.context.config.execRoot, "netns", containerId);
  }

  /**
   * Takes addresses and ports and makes the namespace; wires it while the caller goes on.
   * @throws BerthError in Docker's words when an address or port cannot be had; nothing is left behind then.
   */
  open(containerId: string, identity: NetworkIdentity): Sandbox {
    this.close(containerId);
    const record = this.context.records.get(containerId);
    const kind = kindOfMode(record);
    if (kind === "shared") return { namespacePath: undefined, hosts: "", resolvConf: "", ready: Promise.resolve() };
    const sandbox: SandboxRecord = { id: newId(), identity, endpoints: [], published: [] };
    try {
      for (const [position, attachment] of record.attachments.entries()) {
        const network = this.context.catalogue.find(attachment.networkId);
        const mac = position === 0 ? record.macAddress : "";
        sandbox.endpoints.push(makeEndpoint(network, attachment, `eth${position}`, mac));
      }
      this.publish(record, sandbox);
      if (kind !== "host")
        createSandbox(
          this.path(containerId),
          sandbox.endpoints.some(({ ipv6 }) => ipv6 !== ""),
        );
      this.context.records.save({ ...record, sandbox });
    } catch (thrown) {
      this.letGo(containerId, sandbox);
      throw thrown;
    }
    const files = sandboxFiles(this.context, record, sandbox, kind === "host");
    const namespacePath = kind === "host" ? undefined : this.path(containerId);
    return { namespacePath, ...files, ready: this.wire(record, sandbox) };
  }

  /** Frees all that an opened container holds. Safe for one that holds nothing. */
  close(containerId: string): void {
    const record = this.context.records.find(containerId);
    const sandbox = record?.sandbox;
    if (!record || !sandbox) return;
    this.letGo(containerId, sandbox);
    this.context.records.save({ ...record, sandbox: undefined });
    for (const endpoint of sandbox.endpoints) this.tell("disconnect", containerId, endpoint);
  }

  /** Takes up a container that ran on while the engine did not. */
  restore(record: ContainerRecord): void {
    const { sandbox } = record;
    if (!sandbox) return;
    for (const { networkId, ipv4, ipv6 } of sandbox.endpoints) {
      const network = this.context.catalogue.get(networkId);
      for (const address of [ipv4, ipv6]) if (address) network?.retake(address);
    }
    this.held.set(record.containerId, retakePorts(sandbox.published, this.context.ports));
    const target = publishingJoin(this.joins(record, sandbox));
    if (target) this.context.firewall.add(publicationEntries(sandbox.published, target.endpoint));
  }

  /** A container's endpoints with their networks. */
  joins(record: ContainerRecord, sandbox: SandboxRecord): Join[] {
    return sandbox.endpoints.flatMap((endpoint) => {
      const network = this.context.catalogue.get(endpoint.networkId);
      const attachment = record.attachments.find(({ networkId }) => networkId === endpoint.networkId);
      return network ? [{ network, endpoint, attachment: attachment ?? { networkId: network.id, request: {} } }] : [];
    });
  }

  private publish(record: ContainerRecord, sandbox: SandboxRecord): void {
    const target = publishingJoin(this.joins(record, sandbox));
    const { published, held } = publish(record, sandbox.identity.name, target, this.context.ports);
    sandbox.published.push(...published);
    this.held.set(record.containerId, held);
  }

  /** Everything that can wait until the caller has spawned what it spawns. */
  private async wire(record: ContainerRecord, sandbox: SandboxRecord): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    const joins = this.joins(record, sandbox);
    const path = this.path(record.containerId);
    const target = publishingJoin(joins);
    for (const join of joins) this.plug(path, join, join === target && sandbox.published.length > 0);
    setDefaultRoutes(path, defaultRoutes(joins));
    await this.context.firewall.install();
    if (target) this.context.firewall.add(publicationEntries(sandbox.published, target.endpoint));
    for (const { endpoint } of joins) this.tell("connect", record.containerId, endpoint);
  }

  private plug(path: string, { network, endpoint, attachment }: Join, hairpin: boolean): void {
    const driver = this.context.drivers.get(network.record.driver);
    if (!driver) return;
    const plan = {
      plug: { name: endpoint.interfaceName, hostName: endpoint.hostName, mac: endpoint.mac, hairpin },
      addresses: interfaceAddresses(network, endpoint),
      linkLocal: linkLocalAddresses(attachment),
    };
    addInterface(path, plan, network.driverNetwork, driver, this.context.host);
  }

  private letGo(containerId: string, sandbox: SandboxRecord): void {
    const { firewall, drivers, catalogue, host } = this.context;
    for (const endpoint of sandbox.endpoints) {
      firewall.remove(publicationEntries(sandbox.published, endpoint));
      drivers.get(catalogue.get(endpoint.networkId)?.record.driver ?? "")?.unplug(endpoint, host);
      releaseEndpoint(catalogue, endpoint);
    }
    for (const { release } of this.held.get(containerId) ?? []) release();
    this.held.delete(containerId);
    releaseSandbox(this.path(containerId));
  }

  private tell(action: "connect" | "disconnect", containerId: string, endpoint: EndpointRecord): void {
    const network = this.context.catalogue.get(endpoint.networkId);
    if (!network) return;
    const { id, name, record } = network;
    this.context.events.publish("network", action, id, { container: containerId, name, type: record.driver });
  }
}

function defaultRoutes(joins: readonly Join[]): DefaultRoute[] {
  return ([4, 6] as const).flatMap((family) => {
    const join = gatewayJoin(joins, family);
    if (!join) return [];
    return [{ family, interfaceName: join.endpoint.interfaceName, gateway: join.network.gateway(family) }];
  });
}
