// The ipvlan driver: a container shares the MAC address of a host's interface and has its own IP addresses.
import { createIpvlan } from "../../linux/netlink/links.ts";
import type { DriverNetwork, NetworkDriver } from "./driver.ts";
import { ensureParent, removeParent } from "./parent.ts";

export const OPTION_IPVLAN_MODE = "ipvlan_mode";
export const OPTION_IPVLAN_FLAG = "ipvlan_flag";

/** The kernel's numbers. */
const modes: Record<string, number> = { l2: 0, l3: 1, l3s: 2 };
const flags: Record<string, number> = { bridge: 0, private: 1, vepa: 2 };
const DEFAULT_MODE = "l2";
const DEFAULT_FLAG = "bridge";

export const ipvlanDriver: NetworkDriver = {
  name: "ipvlan",

  check(options) {
    const mode = options[OPTION_IPVLAN_MODE];
    const flag = options[OPTION_IPVLAN_FLAG];
    if (mode && !(mode in modes)) {
      return `requested ipvlan mode '${mode}' is not valid, 'l2' mode is the ipvlan driver default`;
    }
    return flag && !(flag in flags) ? `requested ipvlan flag '${flag}' is not valid` : undefined;
  },

  up(network, host) {
    ensureParent(network, host);
  },

  down(network, host) {
    removeParent(network, host);
  },

  plug(network, plug, namespace, host) {
    const parent = ensureParent(network, host);
    const mode = modes[network.options[OPTION_IPVLAN_MODE] || DEFAULT_MODE] ?? 0;
    const flag = flags[network.options[OPTION_IPVLAN_FLAG] || DEFAULT_FLAG] ?? 0;
    createIpvlan(host, { name: plug.name, namespace }, parent.index, mode, flag);
  },

  unplug() {
    // The interface is only in the container, and goes with it.
  },

  firewall: () => undefined,
};

/** In its layer 3 modes the host routes, and a container sends everything out of its interface without a gateway. */
export function routesByInterface({ options }: DriverNetwork): boolean {
  return ["l3", "l3s"].includes(options[OPTION_IPVLAN_MODE] ?? "");
}
