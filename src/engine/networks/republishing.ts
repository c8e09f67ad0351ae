// Publishing and withdrawing ports of a container that is there already; of a running one at once, while its other
// ports go on.
import type { PortMap } from "../../api/container-networks.ts";
import { formatContainerPort, parseContainerPort, publishedWishes } from "../../network/port-bindings.ts";
import type { NetworkContext } from "./context.ts";
import { ranges, singlePorts } from "./published-ranges.ts";
import { publishingJoin } from "./publishing.ts";
import type { ContainerRecord, PublishedPorts, SandboxRecord } from "./records.ts";
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
  publishedWishes(add, [], false);
  const bindings = withoutPorts(record.bindings, withdrawn);
  if (!record.sandbox) {
    const merged = merge(bindings, add);
    sandboxes.save({ ...record, bindings: merged });
    return merged;
  }
  const left = withdraw({ ...record, bindings }, record.sandbox, withdrawn, sandboxes);
  const extended = extend({ ...record, bindings }, left, add, sandboxes);
  return extended.bindings;
}

function withdraw(
  record: ContainerRecord,
  sandbox: SandboxRecord,
  withdrawn: ReadonlySet<string>,
  sandboxes: Sandboxes,
): SandboxRecord {
  const { containerId } = record;
  const isWithdrawn = (port: PublishedPorts): boolean => withdrawn.has(formatContainerPort(port));
  // Ranges that lose ports are taken apart; the others are left alone, with their connections.
  const touched = sandbox.published.filter((ports) => singlePorts(ports).some(isWithdrawn));
  if (touched.length === 0) return sandbox;
  const pieces = ranges(touched.flatMap(singlePorts).filter((port) => !isWithdrawn(port)));
  const left = { ...sandbox, published: [...sandbox.published.filter((ports) => !touched.includes(ports)), ...pieces] };
  const target = publishingJoin(sandboxes.joins(record, sandbox));
  if (target) {
    sandboxes.wiring.stopLeading(touched, target.endpoint);
    // What all ports of the container share went with those.
    sandboxes.wiring.lead(left.published, target.endpoint);
  }
  for (const ports of touched) sandboxes.wiring.letGoOf(containerId, ports);
  sandboxes.retake(containerId, pieces);
  sandboxes.save({ ...record, sandbox: left });
  return left;
}

function extend(record: ContainerRecord, sandbox: SandboxRecord, add: PortMap, sandboxes: Sandboxes): ContainerRecord {
  const extended: SandboxRecord = { ...sandbox, published: [...sandbox.published] };
  sandboxes.publish({ ...record, bindings: add, exposed: [], publishAll: false }, extended);
  const target = publishingJoin(sandboxes.joins(record, sandbox));
  if (target) sandboxes.wiring.lead(extended.published, target.endpoint);
  const changed = { ...record, bindings: merge(record.bindings, add), sandbox: extended };
  sandboxes.save(changed);
  return changed;
}

function withoutPorts(bindings: PortMap, withdrawn: ReadonlySet<string>): PortMap {
  const kept = Object.entries(bindings).filter(([key]) => !withdrawn.has(formatContainerPort(parseContainerPort(key))));
  return Object.fromEntries(kept);
}

function merge(bindings: PortMap, add: PortMap): PortMap {
  const merged = { ...bindings };
  for (const [key, list] of Object.entries(add)) merged[key] = [...(merged[key] ?? []), ...(list ?? [])];
  return merged;
}
