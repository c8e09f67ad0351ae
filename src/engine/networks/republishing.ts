// Publishes and unpublishes ports of an existing container, running or not, without interrupting its other ports.
import {
  type ContainerPort,
  containerPorts,
  formatContainerPort,
  type PortRequest,
  withoutPorts,
} from "../../api/port-ranges.ts";
import type { NetworkContext } from "./context.ts";
import { checkAddresses } from "./networking-config.ts";
import { publishingJoin } from "./publishing.ts";
import type { ContainerRecord, SandboxRecord } from "./records.ts";
import type { Sandboxes } from "./sandboxes.ts";

export interface PublishChange {
  add: readonly PortRequest[];
  /** Ports of the container to unpublish. */
  remove: readonly ContainerPort[];
}

/**
 * Changes what a container publishes.
 * @returns all ports that it publishes now
 * @throws BerthError if a port cannot be allocated; nothing is published then, and only the removals are in effect
 */
export function changePublished(
  context: NetworkContext,
  sandboxes: Sandboxes,
  containerId: string,
  { add, remove }: PublishChange,
): PortRequest[] {
  const record = context.records.get(containerId);
  const removed = new Set(remove.map(formatContainerPort));
  const isRemoved = (port: ContainerPort): boolean => removed.has(formatContainerPort(port));
  checkAddresses(add);
  const requests = record.requests.flatMap((request) => withoutPorts(request, isRemoved));
  if (!record.sandbox) {
    const changed = { ...record, requests: [...requests, ...add] };
    sandboxes.save(changed);
    return changed.requests;
  }
  const left = unpublish({ ...record, requests }, record.sandbox, isRemoved, sandboxes);
  return publishMore({ ...record, requests }, left, add, sandboxes).requests;
}

function unpublish(
  record: ContainerRecord,
  sandbox: SandboxRecord,
  isRemoved: (port: ContainerPort) => boolean,
  sandboxes: Sandboxes,
): SandboxRecord {
  const { containerId } = record;
  // Ranges that lose ports are split; the others are unchanged, with their connections.
  const affected = sandbox.published.filter((range) => containerPorts(range).some(isRemoved));
  if (affected.length === 0) return sandbox;
  const pieces = affected.flatMap((range) => withoutPorts(range, isRemoved));
  const left = {
    ...sandbox,
    published: [...sandbox.published.filter((ports) => !affected.includes(ports)), ...pieces],
  };
  const target = publishingJoin(sandboxes.joins(record, sandbox));
  if (target) {
    sandboxes.wiring.unpublish(affected, target.endpoint);
    // What all ports of the container share was removed with those.
    sandboxes.wiring.publish(left.published, target.endpoint);
  }
  for (const ports of affected) sandboxes.wiring.releaseRange(containerId, ports);
  sandboxes.retake(containerId, pieces);
  sandboxes.save({ ...record, sandbox: left });
  return left;
}

function publishMore(
  record: ContainerRecord,
  sandbox: SandboxRecord,
  added: readonly PortRequest[],
  sandboxes: Sandboxes,
): ContainerRecord {
  const extended: SandboxRecord = { ...sandbox, published: [...sandbox.published] };
  sandboxes.publish({ ...record, requests: [...added], publishAll: false }, extended);
  const target = publishingJoin(sandboxes.joins(record, sandbox));
  if (target) sandboxes.wiring.publish(extended.published, target.endpoint);
  const changed = { ...record, requests: [...record.requests, ...added], sandbox: extended };
  sandboxes.save(changed);
  return changed;
}
