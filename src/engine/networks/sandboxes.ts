// The networking of running containers: opened at start, closed at exit, restored when the engine restarts.
import { join as joinPath } from "node:path";
import type { PortRange } from "../../api/port-ranges.ts";
import { createSandbox, removeInterface } from "../../network/sandbox.ts";
import type { NetworkContext } from "./context.ts";
import { chosenInterfaceName, interfaceNameFor } from "./endpoint-options.ts";
import { type Join, makeEndpoint, releaseEndpoint } from "./endpoints.ts";
import { refreshLinkedHosts, sandboxFiles } from "./files.ts";
import { newId } from "./ids.ts";
import { kindOfMode, type ModeKind, resolvedAttachments } from "./networking-config.ts";
import { ineffectiveBindings, matchesNetwork, publish, publishingJoin } from "./publishing.ts";
import type { ContainerRecord, EndpointRecord, NetworkIdentity, SandboxRecord } from "./records.ts";
import { Wiring } from "./wiring.ts";

/** The networking of a container that is being started. */
export interface Sandbox {
  /** The path of its network namespace; undefined if it shares the host's or another container's. */
  namespacePath: string | undefined;
  /** The contents of /etc/hosts and /etc/resolv.conf; empty if it shares another container's. */
  hosts: string;
  resolvConf: string;
  /** Resolves when the interfaces, the resolver and the published ports work. */
  ready: Promise<void>;
}

export class Sandboxes {
  readonly wiring: Wiring;
  private readonly context: NetworkContext;
  /** Containers whose interfaces are not set up yet. */
  private readonly pending = new Map<string, Promise<void>>();

  constructor(context: NetworkContext) {
    this.context = context;
    this.wiring = new Wiring(context);
  }

  /** The path of the container's own network namespace. */
  path(containerId: string): string {
    return joinPath(this.context.config.execRoot, "netns", containerId);
  }

  /**
   * Allocates addresses and ports and creates the namespace; interfaces follow asynchronously, see {@link Sandbox.ready}.
   * @throws BerthError in Docker's words if an address or port cannot be allocated; nothing is left behind then
   */
  open(containerId: string, identity: NetworkIdentity): Sandbox {
    this.close(containerId);
    const planned = this.context.records.get(containerId);
    const kind = kindOfMode(planned);
    if (kind === "shared") return { namespacePath: undefined, hosts: "", resolvConf: "", ready: Promise.resolve() };
    const record = { ...planned, attachments: resolvedAttachments(planned, this.context.catalogue) };
    const sandbox: SandboxRecord = { id: newId(), identity, endpoints: [], published: [] };
    try {
      for (const [position, attachment] of record.attachments.entries()) {
        const network = this.context.catalogue.find(attachment.networkId);
        const { withoutIpv6 } = record;
        const settings = { macAddress: position === 0 ? record.macAddress : "", withoutIpv6 };
        const later = record.attachments.slice(position + 1).flatMap((other) => chosenInterfaceName(other) ?? []);
        const taken = [...sandbox.endpoints.map(({ interfaceName }) => interfaceName), ...later];
        const name = interfaceNameFor(network, attachment, taken);
        sandbox.endpoints.push(makeEndpoint(network, attachment, name, settings));
      }
      this.publish(record, sandbox);
      const hasIpv6 = sandbox.endpoints.some(({ ipv6 }) => ipv6 !== "");
      if (kind !== "host") createSandbox(this.path(containerId), hasIpv6);
      const files = sandboxFiles(this.context, record, sandbox, kind === "host");
      this.save({ ...record, sandbox });
      refreshLinkedHosts(this.context, containerId, sandbox);
      const namespacePath = kind === "host" ? undefined : this.path(containerId);
      const ready = this.wire(record, sandbox, kind);
      this.keepPending(containerId, ready);
      return { namespacePath, ...files, ready };
    } catch (thrown) {
      this.release(containerId, sandbox);
      throw thrown;
    }
  }

  /** Resolves when the container's network is set up; it must not be changed before. */
  async settled(containerId: string): Promise<void> {
    await this.pending.get(containerId);
  }

  private keepPending(containerId: string, ready: Promise<void>): void {
    const pending = ready
      .catch(() => {})
      .finally(() => {
        if (this.pending.get(containerId) === pending) this.pending.delete(containerId);
      });
    this.pending.set(containerId, pending);
  }

  /** Releases everything of a container's network. Does nothing if it is not open. */
  close(containerId: string): void {
    const record = this.context.records.find(containerId);
    const sandbox = record?.sandbox;
    if (!record || !sandbox) return;
    this.release(containerId, sandbox);
    this.save({ ...record, sandbox: undefined });
    for (const endpoint of sandbox.endpoints) this.publishEvent("disconnect", containerId, endpoint);
  }

  /** Takes the addresses and ports of a container that kept running while the engine did not. {@link reattach} follows. */
  restore(record: ContainerRecord): void {
    const { sandbox, containerId } = record;
    if (!sandbox) return;
    for (const { networkId, ipv4, ipv6 } of sandbox.endpoints) {
      const network = this.context.catalogue.get(networkId);
      for (const address of [ipv4, ipv6]) if (address) network?.retake(address);
    }
    const joins = this.joins(record, sandbox);
    const target = publishingJoin(joins);
    const published = target && matchesNetwork(target, sandbox.published) ? sandbox.published : [];
    if (target) {
      this.retake(containerId, published);
      this.wiring.publish(published, target.endpoint);
    }
    this.settle(record, sandbox, published, this.path(containerId));
  }

  /** Sets the routes inside a container that kept running, and answers its questions for names again. */
  async reattach(containerId: string): Promise<void> {
    const record = this.context.records.find(containerId);
    if (!record?.sandbox || kindOfMode(record) !== "own") return;
    const path = this.path(containerId);
    // An earlier engine may have been about to change them.
    this.wiring.setRoutes(path, this.joins(record, record.sandbox));
    await this.wiring.listen(path, record);
  }

  /** Finishes a connect or disconnect during which an earlier engine was killed. */
  private settle(record: ContainerRecord, sandbox: SandboxRecord, published: PortRange[], path: string): void {
    const { unsettled = [], ...settled } = sandbox;
    if (unsettled.length === 0 && published.length === sandbox.published.length) return;
    for (const name of unsettled) removeInterface(path, name);
    this.save({ ...record, sandbox: { ...settled, published } });
  }

  /** A container's endpoints with their networks. */
  joins(record: ContainerRecord, sandbox: SandboxRecord): Join[] {
    return sandbox.endpoints.flatMap((endpoint) => {
      const network = this.context.catalogue.get(endpoint.networkId);
      const attachment = record.attachments.find(({ networkId }) => networkId === endpoint.networkId);
      return network ? [{ network, endpoint, attachment: attachment ?? { networkId: network.id, request: {} } }] : [];
    });
  }

  /** Allocates the ports that a container publishes. */
  publish(record: ContainerRecord, sandbox: SandboxRecord): void {
    const target = publishingJoin(this.joins(record, sandbox));
    const addresses = (): string[] => this.publishedAddresses(record.containerId) ?? addressesOf(target);
    for (const binding of target ? ineffectiveBindings(record, target) : []) {
      const { name } = sandbox.identity;
      this.context.log.warn("ignoring host port on a routed network", { container: name, binding });
    }
    const { published, held } = publish(record, sandbox.identity.name, target, this.context.ports, addresses);
    sandbox.published.push(...published);
    this.wiring.hold(record.containerId, held);
  }

  /** Takes back ports of the host that a running container had. */
  retake(containerId: string, published: readonly PortRange[]): void {
    const addresses = (): string[] => this.publishedAddresses(containerId) ?? [];
    const ofHost = published.filter(({ hostPort }) => hostPort !== 0);
    this.wiring.hold(
      containerId,
      ofHost.map((range) => this.context.ports.retake(range, addresses)),
    );
  }

  /** The current target addresses of a running container's published ports. */
  private publishedAddresses(containerId: string): string[] | undefined {
    const record = this.context.records.find(containerId);
    return record?.sandbox && addressesOf(publishingJoin(this.joins(record, record.sandbox)));
  }

  save(record: ContainerRecord): void {
    this.context.records.save(record);
    this.context.names.changed();
  }

  publishEvent(action: "connect" | "disconnect", containerId: string, endpoint: EndpointRecord): void {
    const network = this.context.catalogue.get(endpoint.networkId);
    if (!network) return;
    const { id, name, record } = network;
    this.context.events.publish("network", action, id, { container: containerId, name, type: record.driver });
  }

  /** Sets up what can run in parallel with the OCI runtime. */
  private async wire(record: ContainerRecord, sandbox: SandboxRecord, kind: ModeKind): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    const { containerId } = record;
    const isOpen = (): boolean => this.context.records.find(containerId)?.sandbox?.id === sandbox.id;
    if (!isOpen()) return;
    const joins = this.joins(record, sandbox);
    if (kind === "own") {
      const path = this.path(containerId);
      for (const join of joins) this.wiring.plug(path, join);
      this.wiring.setRoutes(path, joins);
      await Promise.all([this.wiring.listen(path, record), this.context.firewall.install()]);
      if (!isOpen()) return;
      const target = publishingJoin(joins);
      if (target) this.wiring.publish(sandbox.published, target.endpoint);
    }
    for (const { endpoint } of joins) this.publishEvent("connect", containerId, endpoint);
  }

  private release(containerId: string, sandbox: SandboxRecord): void {
    for (const endpoint of sandbox.endpoints) {
      this.wiring.unpublish(sandbox.published, endpoint);
      this.wiring.unplug(endpoint);
      releaseEndpoint(this.context.catalogue, endpoint);
    }
    this.wiring.release(containerId, this.path(containerId));
  }
}

/** IPv6 first: forwarded connections are IPv6, and most servers listen on both. */
function addressesOf(join: Join | undefined): string[] {
  return [join?.endpoint.ipv6 ?? "", join?.endpoint.ipv4 ?? ""].filter((address) => address !== "");
}
