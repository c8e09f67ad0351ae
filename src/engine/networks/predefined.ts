// The predefined networks: bridge, host and none.
import { timestampNow } from "../../api/time.ts";
import { newId } from "./ids.ts";
import type { NetworkRecord } from "./records.ts";

export const PREDEFINED: readonly string[] = ["bridge", "host", "none"];

export const isPredefined = (name: string): boolean => PREDEFINED.includes(name);

/** A network without addresses, such as "host" and "none". */
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
