// The host's interface that a macvlan or ipvlan network is on: an existing one, a VLAN created on one ("eth0.50"), or,
// for networks without a way out, a dummy.
import { createDummy, createVlan, deleteLink, findLink, type Link } from "../../linux/netlink/links.ts";
import type { NetlinkSocket } from "../../linux/netlink/socket.ts";
import { type DriverNetwork, type NetworkDriver, OPTION_PARENT } from "./driver.ts";

const DUMMY_PREFIX = "dm-";
const SHORT_ID_LENGTH = 12;

/** What drivers have in common whose containers' interfaces are on one of the host's. */
export const onParent = {
  hostInterfaceKind: "parent",
  subnets: { maxPerFamily: Number.POSITIVE_INFINITY, sharedWithHost: true, hasGateway: () => true },
  publishing: undefined,

  hostInterface({ id, internal, options }) {
    return (internal ? "" : options[OPTION_PARENT]) || `${DUMMY_PREFIX}${id.slice(0, SHORT_ID_LENGTH)}`;
  },

  conflict(_networkId, otherId, hostInterface) {
    return `network ${otherId} is already using parent interface ${hostInterface}`;
  },

  isInternal: (options, asked) => asked || !options[OPTION_PARENT],

  up(network, host) {
    ensureParent(network, host);
  },

  down(network, host) {
    const link = findLink(host, network.hostInterface);
    if (link && (link.kind === "dummy" || link.kind === "vlan")) deleteLink(host, link.index);
  },

  unplug() {
    // The interface exists only in the container's namespace and is deleted with it.
  },

  firewall: () => undefined,
} as const satisfies Partial<NetworkDriver>;

/** The parent, created when it is a VLAN or a dummy. */
export function ensureParent({ hostInterface: name }: DriverNetwork, host: NetlinkSocket): Link {
  const present = findLink(host, name);
  if (present) return present;
  createParent(name, host);
  const created = findLink(host, name);
  if (!created) throw new Error(`interface ${name} vanished while it was being created`);
  return created;
}

function createParent(name: string, host: NetlinkSocket): void {
  if (name.startsWith(DUMMY_PREFIX)) {
    createDummy(host, { name });
    return;
  }
  const [, base = "", tag = ""] = /^(.+)\.(\d+)$/.exec(name) ?? [];
  const link = base === "" ? undefined : findLink(host, base);
  if (!link) throw new Error(`-o parent interface was not found on the host: ${name}`);
  createVlan(host, { name }, link.index, Number(tag));
}
