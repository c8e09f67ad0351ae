// The three networks that always exist: bridge, host and none.
import { timestampNow } from "../../api/time.ts";
import {
  OPTION_BRIDGE_NAME,
  OPTION_HOST_BINDING,
  OPTION_ICC,
  OPTION_MASQUERADE,
  OPTION_MTU,
} from "../../network/drivers/bridge.ts";
import { newId } from "./ids.ts";
import type { NetworkRecord } from "./records.ts";

export const PREDEFINED: readonly string[] = ["bridge", "host", "none"];

const OPTION_DEFAULT_BRIDGE = "com.docker.network.bridge.default_bridge";

export const isPredefined = (name: string): boolean => PREDEFINED.includes(name);

/** "host" and "none", which are only names. */
export function placeholderNetwork(name: string, driver: string): NetworkRecord {
  return {
    id: newId(),
    name,
    created: timestampNow(),
    driver,
    internal: false,
    attachable: false,
    ingress: false,
    configOnly: false,
    configFrom: "",
    enableIPv4: true,
    enableIPv6: false,
    ipam: { driver: "default", options: null, pools: [] },
    options: {},
    labels: {},
    bridge: "",
    adopted: false,
  };
}

/** The default bridge; its subnets are put in by whoever chooses them. */
export function defaultBridge(settings: { bridge: string; masquerade: boolean; mtu: number }): NetworkRecord {
  return {
    ...placeholderNetwork("bridge", "bridge"),
    options: {
      [OPTION_DEFAULT_BRIDGE]: "true",
      [OPTION_ICC]: "true",
      [OPTION_MASQUERADE]: String(settings.masquerade),
      [OPTION_HOST_BINDING]: "0.0.0.0",
      [OPTION_BRIDGE_NAME]: settings.bridge,
      [OPTION_MTU]: String(settings.mtu || 1500),
    },
    bridge: settings.bridge,
  };
}
