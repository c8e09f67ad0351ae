// The networks that always exist: bridge, host and none.
import { timestampNow } from "../../api/time.ts";
import { newId } from "./ids.ts";
import type { NetworkRecord } from "./records.ts";

export const PREDEFINED: readonly string[] = ["bridge", "host", "none"];

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
    hostInterface: "",
    adopted: false,
  };
}
