// The ipvlan driver: a container shares the MAC address of one of the host's interfaces and has its own IP addresses.
import { createIpvlan } from "../../linux/netlink/links.ts";
import type { NetworkDriver } from "./driver.ts";
import { ensureParent, onParent } from "./parent.ts";

const OPTION_MODE = "ipvlan_mode";
const OPTION_FLAG = "ipvlan_flag";

/** The kernel's numbers. */
const modes: Record<string, number> = { l2: 0, l3: 1, l3s: 2 };
const flags: Record<string, number> = { bridge: 0, private: 1, vepa: 2 };
const DEFAULT_MODE = "l2";
const DEFAULT_FLAG = "bridge";

export const ipvlanDriver: NetworkDriver = {
  ...onParent,
  name: "ipvlan",
  hasOwnMac: false,

  check(options) {
    const mode = options[OPTION_MODE];
    const flag = options[OPTION_FLAG];
    if (mode && !(mode in modes)) {
      return `requested ipvlan mode '${mode}' is not valid, 'l2' mode is the ipvlan driver default`;
    }
    return flag && !(flag in flags) ? `requested ipvlan flag '${flag}' is not valid` : undefined;
  },

  // In the layer 3 modes the host routes.
  routesByInterface: (options) => ["l3", "l3s"].includes(options[OPTION_MODE] ?? ""),

  plug(network, plug, namespace, host) {
    const parent = ensureParent(network, host);
    const mode = modes[network.options[OPTION_MODE] || DEFAULT_MODE] ?? 0;
    const flag = flags[network.options[OPTION_FLAG] || DEFAULT_FLAG] ?? 0;
    createIpvlan(host, { name: plug.name, namespace }, parent.index, mode, flag);
  },
};
