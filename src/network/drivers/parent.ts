// The host's interface that a macvlan or ipvlan network is on: one that is there, a VLAN made on one ("eth0.50"), or,
// for networks that lead nowhere, one without a wire.
import { createDummy, createVlan, deleteLink, findLink, type Link } from "../../linux/netlink/links.ts";
import type { NetlinkSocket } from "../../linux/netlink/socket.ts";
import { type DriverNetwork, OPTION_PARENT } from "./driver.ts";

const DUMMY_PREFIX = "dm-";
const SHORT_ID_LENGTH = 12;

/** The name of the network's parent. */
export function parentName({ id, internal, options }: Pick<DriverNetwork, "id" | "internal" | "options">): string {
  return (internal ? "" : options[OPTION_PARENT]) || `${DUMMY_PREFIX}${id.slice(0, SHORT_ID_LENGTH)}`;
}

/** The parent, made when it is one that can be. */
export function ensureParent(network: DriverNetwork, host: NetlinkSocket): Link {
  const name = parentName(network);
  const present = findLink(host, name);
  if (present) return present;
  makeParent(name, host);
  const made = findLink(host, name);
  if (!made) throw new Error(`interface ${name} vanished while it was made`);
  return made;
}

function makeParent(name: string, host: NetlinkSocket): void {
  if (name.startsWith(DUMMY_PREFIX)) {
    createDummy(host, { name });
    return;
  }
  const [, base = "", tag = ""] = /^(.+)\.(\d+)$/.exec(name) ?? [];
  const link = base === "" ? undefined : findLink(host, base);
  if (!link) throw new Error(`-o parent interface was not found on the host: ${name}`);
  createVlan(host, { name }, link.index, Number(tag));
}

/** Removes a parent that was made for the network. */
export function removeParent(network: DriverNetwork, host: NetlinkSocket): void {
  const link = findLink(host, parentName(network));
  if (link && (link.kind === "dummy" || link.kind === "vlan")) deleteLink(host, link.index);
}
