// Publishing and withdrawing ports of a container that is there already; of a running one at once, while its other
// ports go on.
import type { PortMap } from "../../api/container-networks.ts";
import {
  type ContainerPort,
  containerPorts,
  formatContainerPort,
  type PortRequest,
  parseContainerPort,
  portBindings,
  withoutPorts,
} from "../../api/port-ranges.ts";
import type { NetworkContext } from "./context.ts";
import { checkedRequests } from "./plan.ts";
import { publishingJoin } from "./publishing.ts";
import type { ContainerRecord, SandboxRecord } from "./records.ts";
import type { Sandboxes } from "./sandboxes.ts";

export interface PublishChange {
  /** To be published, in the form of `PortBindings`. */
  add: PortMap;
  /** The container's ports to be withdrawn, "80/tcp". */
  remove: readonly string[];
}

/**
 * Changes what a container publishes.
 * @returns all that it publishes now.
 * @throws BerthError when a port cannot be had; everything is then as it was, but for what was withdrawn.
 */
export function changePublished(
  context: NetworkContext,
  sandboxes: Sandboxes,
  containerId: string,
  { add, remove }: PublishChange,
): PortMap {
  const record = context.records.get(containerId);
  const withdrawn = new Set(remove.map((port) => formatContainerPort(parseContainerPort(port))));
  const isWithdrawn = (port: ContainerPort): boolean => withdrawn.has(formatContainerPort(port));
  const added = checkedRequests(add);
  const requests = record.requests.flatMap((request) => withoutPorts(request, isWithdrawn));
  if (!record.sandbox) {
    const changed = { ...record, requests: [...requests, ...added] };
    sandboxes.save(changed);
    return portBindings(changed.requests);
  }
  const left = withdraw({ ...record, requests }, record.sandbox, isWithdrawn, sandboxes);
  return portBindings(extend({ ...record, requests }, left, added, sandboxes).requests);
}

function withdraw(
  record: ContainerRecord,
  sandbox: SandboxRecord,
  isWithdrawn: (port: ContainerPort) => boolean,
  sandboxes: Sandboxes,
): SandboxRecord {
  const { containerId } = record;
  // Ranges that lose ports are split; the others are left alone, with their connections.
  const touched = sandbox.published.filter((range) => containerPorts(range).some(isWithdrawn));
  if (touched.length === 0) return sandbox;
  const pieces = touched.flatMap((range) => withoutPorts(range, isWithdrawn));
  const left = { ...sandbox, published: [...sandbox.published.filter((ports) => !touched.includes(ports)), ...pieces] };
  const target = publishingJoin(sandboxes.joins(record, sandbox));
  if (target) {
    sandboxes.wiring.stopLeading(touched, target.endpoint);
    // What all ports of the container share was removed with those.
    sandboxes.wiring.lead(left.published, target.endpoint);
  }
  for (const ports of touched) sandboxes.wiring.letGoOf(containerId, ports);
  sandboxes.retake(containerId, pieces);
  sandboxes.save({ ...record, sandbox: left });
  return left;
}

function extend(
  record: ContainerRecord,
  sandbox: SandboxRecord,
  added: PortRequest[],
  sandboxes: Sandboxes,
): ContainerRecord {
  const extended: SandboxRecord = { ...sandbox, published: [...sandbox.published] };
  sandboxes.publish({ ...record, requests: added, publishAll: false }, extended);
  const target = publishingJoin(sandboxes.joins(record, sandbox));
  if (target) sandboxes.wiring.lead(extended.published, target.endpoint);
  const changed = { ...record, requests: [...record.requests, ...added], sandbox: extended };
  sandboxes.save(changed);
  return changed;
}
