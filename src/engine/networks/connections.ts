// Connects containers to networks and disconnects them. A stopped container is changed in its record only.
import { BerthError } from "../../api/errors.ts";
import { withoutRecords, withRecords } from "../../network/hosts-file.ts";
import type { ContainerView, NetworkContext } from "./context.ts";
import { interfaceNameFor } from "./endpoint-options.ts";
import { type Join, makeEndpoint, releaseEndpoint } from "./endpoints.ts";
import { changeHosts, ownRecords } from "./files.ts";
import type { Network } from "./network.ts";
import { attachmentTo, checkConnection, checkedAttachment } from "./networking-config.ts";
import { keepsPorts, publishingJoin } from "./publishing.ts";
import type { Attachment, ContainerRecord, EndpointRequest, SandboxRecord } from "./records.ts";
import type { Sandboxes } from "./sandboxes.ts";

export class Connections {
  private readonly context: NetworkContext;
  private readonly sandboxes: Sandboxes;

  constructor(context: NetworkContext, sandboxes: Sandboxes) {
    this.context = context;
    this.sandboxes = sandboxes;
  }

  /** @throws BerthError in Docker's words; the container is unchanged then */
  connect(network: Network, container: ContainerView, request: EndpointRequest): void {
    const record = this.context.records.get(container.id);
    checkConnection(record, network, this.context.catalogue);
    const known = attachmentTo(record, network, this.context.catalogue) !== undefined;
    const { sandbox } = record;
    if (known && !sandbox) return;
    if (known) {
      throw new BerthError(
        "forbidden",
        `endpoint with name ${container.name} already exists in network ${network.name}`,
      );
    }
    const attachment = checkedAttachment(network, request);
    const changed = { ...record, attachments: [...record.attachments, attachment] };
    if (sandbox) this.join(changed, sandbox, network, attachment, container);
    else this.sandboxes.save(changed);
  }

  /** @throws BerthError if the container is not on the network */
  disconnect(network: Network, container: ContainerView): void {
    const record = this.context.records.get(container.id);
    const left = attachmentTo(record, network, this.context.catalogue);
    const attachments = record.attachments.filter((attachment) => attachment !== left);
    if (left === undefined) {
      throw new BerthError("internal", `container ${container.id} is not connected to the network ${network.name}`);
    }
    const { sandbox } = record;
    if (sandbox && network.record.driver === "host") {
      throw new BerthError(
        "invalidParameter",
        "cannot disconnect container from host network - container was created in host network mode",
      );
    }
    const changed = { ...record, attachments };
    if (sandbox) this.leave(changed, sandbox, network, container);
    else this.sandboxes.save(changed);
  }

  private join(
    record: ContainerRecord,
    before: SandboxRecord,
    network: Network,
    attachment: Attachment,
    container: ContainerView,
  ): void {
    const { wiring } = this.sandboxes;
    const path = this.sandboxes.path(record.containerId);
    const taken = before.endpoints.map(({ interfaceName }) => interfaceName);
    const { withoutIpv6 } = record;
    const name = interfaceNameFor(network, attachment, taken);
    const endpoint = makeEndpoint(network, attachment, name, { macAddress: "", withoutIpv6 });
    const sandbox = { ...before, endpoints: [...before.endpoints, endpoint], published: [...before.published] };
    const previous = this.context.records.get(record.containerId);
    this.sandboxes.save({ ...previous, sandbox: { ...before, unsettled: [endpoint.interfaceName] } });
    try {
      wiring.plug(path, { network, attachment, endpoint });
      this.redirect(previous, record, sandbox);
    } catch (thrown) {
      wiring.unplug(endpoint, path);
      releaseEndpoint(this.context.catalogue, endpoint);
      this.sandboxes.save(previous);
      throw thrown;
    }
    this.sandboxes.save({ ...record, sandbox });
    changeHosts(container, (text) => withRecords(text, ownRecords(sandbox.identity, endpoint)));
    this.sandboxes.publishEvent("connect", record.containerId, endpoint);
  }

  private leave(record: ContainerRecord, before: SandboxRecord, network: Network, container: ContainerView): void {
    const path = this.sandboxes.path(record.containerId);
    const leaving = before.endpoints.filter(({ networkId }) => networkId === network.id);
    const endpoints = before.endpoints.filter(({ networkId }) => networkId !== network.id);
    const sandbox = { ...before, endpoints, published: [...before.published] };
    const previous = this.context.records.get(record.containerId);
    // Saved first, so that the next engine removes the interfaces if this one is killed now.
    const unsettled = leaving.map(({ interfaceName }) => interfaceName);
    this.sandboxes.save({ ...record, sandbox: { ...sandbox, unsettled } });
    try {
      this.redirect(previous, record, sandbox);
    } catch (thrown) {
      this.sandboxes.save(previous);
      throw thrown;
    }
    for (const endpoint of leaving) {
      this.sandboxes.wiring.unplug(endpoint, path);
      releaseEndpoint(this.context.catalogue, endpoint);
    }
    this.sandboxes.wiring.setRoutes(path, this.sandboxes.joins(record, sandbox));
    this.sandboxes.save({ ...record, sandbox });
    for (const endpoint of leaving) {
      changeHosts(container, (text) => withoutRecords(text, ownRecords(sandbox.identity, endpoint)));
      this.sandboxes.publishEvent("disconnect", record.containerId, endpoint);
    }
  }

  /** Moves the default route and the published ports to the network that has the default route now. */
  private redirect(previous: ContainerRecord, record: ContainerRecord, after: SandboxRecord): void {
    const { wiring } = this.sandboxes;
    const joins = this.sandboxes.joins(record, after);
    const old = previous.sandbox && publishingJoin(this.sandboxes.joins(previous, previous.sandbox));
    const current = publishingJoin(joins);
    if (old?.endpoint.id !== current?.endpoint.id) {
      if (current) this.republish(record, after, old, current);
      if (old) wiring.unpublish(previous.sandbox?.published ?? [], old.endpoint);
      if (current) wiring.publish(after.published, current.endpoint);
      else this.unpublish(record.containerId, after);
    }
    wiring.setRoutes(this.sandboxes.path(record.containerId), joins);
  }

  /** Keeps the ports of the host, unless one of the networks is routed and the other is not. */
  private republish(record: ContainerRecord, after: SandboxRecord, old: Join | undefined, current: Join): void {
    if (keepsPorts(old, current) && after.published.length > 0) return;
    const before = [...after.published];
    this.unpublish(record.containerId, after);
    try {
      this.sandboxes.publish(record, after);
    } catch (thrown) {
      this.sandboxes.retake(record.containerId, before);
      throw thrown;
    }
  }

  private unpublish(containerId: string, sandbox: SandboxRecord): void {
    this.sandboxes.wiring.releasePorts(containerId);
    sandbox.published.length = 0;
  }
}
