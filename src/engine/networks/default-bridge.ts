// The default bridge, whose settings are read from the configuration at each start of the engine.
import { findLink } from "../../linux/netlink/links.ts";
import { defaultDriver } from "../../network/drivers/registry.ts";
import { hostHasIpv6 } from "../../network/forwarding.ts";
import { type Family, firstOf, formatPrefix, parseInterfaceAddress, parsePrefix } from "../../network/ip.ts";
import type { EngineConfig } from "../config.ts";
import { freePool, hostRoutes, poolOfBridgeAddress, requestedPool } from "./address-plan.ts";
import type { NetworkContext } from "./context.ts";
import { addressSources } from "./creation.ts";
import { placeholderNetwork } from "./predefined.ts";
import type { IpamPool, NetworkRecord } from "./records.ts";

/**
 * The record of the default bridge.
 * @param previous the record so far; keeps what the configuration does not set
 * @param isInUse whether running containers are on it: then it keeps its interface and subnets
 * @throws BerthError for invalid subnets
 */
export function designDefaultBridge(
  context: NetworkContext,
  previous: NetworkRecord | undefined,
  isInUse: boolean,
): NetworkRecord {
  const { config, host } = context;
  const base = previous ?? placeholderNetwork("bridge", defaultDriver.name);
  const hostInterface = isInUse ? base.hostInterface : config.bridge;
  const isNew = base.hostInterface !== hostInterface;
  const pools = isInUse ? base.ipam.pools : choosePools(context, previous);
  return {
    ...base,
    hostInterface,
    adopted: isNew ? findLink(host, hostInterface) !== undefined : base.adopted,
    options: defaultDriver.defaultNetworkOptions({ ...config, hostInterface }),
    enableIPv6: pools.some((pool) => isOf(pool, 6)),
    ipam: { ...base.ipam, pools },
  };
}

function choosePools(context: NetworkContext, previous: NetworkRecord | undefined): IpamPool[] {
  const { config, catalogue, host } = context;
  const others = catalogue.used().filter(({ by }) => by !== "bridge");
  const routes = hostRoutes(host, new Set([config.bridge, previous?.hostInterface ?? ""]));
  const choose = (family: Family): IpamPool => {
    const asked = configuredPool(config, family);
    if (asked) return requestedPool(asked, others);
    const kept = previous?.ipam.pools.find((pool) => isOf(pool, family));
    if (kept) return { subnet: kept.subnet ?? "", gateway: kept.gateway ?? "" };
    return freePool(family, addressSources(context), [...others, ...routes]);
  };
  return config.ipv6 && hostHasIpv6() ? [choose(4), choose(6)] : [choose(4)];
}

/** The configured subnet of one family; undefined if there is none. */
function configuredPool({ bip, bip6, fixedCidr, fixedCidrV6 }: EngineConfig, family: Family): IpamPool | undefined {
  const [address, range] = family === 4 ? [bip, fixedCidr] : [bip6, fixedCidrV6];
  if (address === "") return range === "" ? undefined : { subnet: subnetOf(range) };
  return { ...poolOfBridgeAddress(address), ...(range === "" ? {} : { ipRange: subnetOf(range) }) };
}

/** "10.1.2.3/24" is the subnet 10.1.2.0/24. */
function subnetOf(text: string): string {
  const own = parseInterfaceAddress(text);
  return own ? formatPrefix({ address: firstOf(own), length: own.length }) : text;
}

const isOf = ({ subnet = "" }: IpamPool, family: Family): boolean => parsePrefix(subnet)?.address.family === family;
