// The macvlan driver: a container has an interface with its own MAC address on the network of one of the host's.
import { createMacvlan } from "../../linux/netlink/links.ts";
import type { NetworkDriver } from "./driver.ts";
import { ensureParent, onParent } from "./parent.ts";

const OPTION_MODE = "macvlan_mode";

/** The kernel's numbers of the modes. */
const modes: Record<string, number> = { private: 1, vepa: 2, bridge: 4, passthru: 8 };
const DEFAULT_MODE = "bridge";

export const macvlanDriver: NetworkDriver = {
  ...onParent,
  name: "macvlan",
  hasOwnMac: true,

  check(options) {
    const mode = options[OPTION_MODE];
    return mode && !(mode in modes)
      ? `requested macvlan mode '${mode}' is not valid, 'bridge' mode is the macvlan driver default`
      : undefined;
  },

  routesByInterface: () => false,

  plug(network, plug, namespace, host) {
    const parent = ensureParent(network, host);
    const mode = modes[network.options[OPTION_MODE] || DEFAULT_MODE] ?? 0;
    createMacvlan(host, { name: plug.name, mac: plug.mac, namespace }, parent.index, mode);
  },
};
