// Gateway modes of a bridge network, one for each address family: how its containers and other machines reach each
// other. Their names and meaning are Docker's.
import type { Family } from "../ip.ts";
import type { DriverOptions } from "./driver.ts";

const modes = ["nat", "nat-unprotected", "routed", "isolated"] as const;

/**
 * "nat": under the host's address, in both directions. "nat-unprotected": containers' own addresses are reached as well,
 * on every port. "routed": only the containers' own addresses are, on published ports. "isolated": the host has no
 * address on the bridge.
 */
export type GatewayMode = (typeof modes)[number];

const optionNames = {
  4: "com.docker.network.bridge.gateway_mode_ipv4",
  6: "com.docker.network.bridge.gateway_mode_ipv6",
} as const;

const families: readonly Family[] = [4, 6];

/** The mode that a network's driver options ask for. */
export function gatewayMode(options: DriverOptions, family: Family): GatewayMode {
  return modes.find((mode) => mode === options[optionNames[family]]) ?? "nat";
}

/** The error in the requested modes; undefined when there is none. */
export function gatewayModeProblem(options: DriverOptions, internal: boolean): string | undefined {
  const unknown = families
    .map((family) => options[optionNames[family]] ?? "")
    .find((text) => text !== "" && !modes.some((mode) => mode === text));
  if (unknown) return `unknown gateway mode ${unknown}`;
  const isAlone = !internal && families.some((family) => gatewayMode(options, family) === "isolated");
  return isAlone ? "gateway mode 'isolated' can only be used for an internal network" : undefined;
}
