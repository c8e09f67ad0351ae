// `--network`, plain or with fields, and the flags that describe the first network.
import type { EndpointRequest } from "../../api/container-networks.ts";
import { CommandError } from "../failure.ts";
import { FlagValueError } from "../flags/flag.ts";
import { splitCommas } from "../flags/kinds.ts";
import { parseInteger } from "../flags/numbers.ts";

/** One `--network`. */
export interface NetworkWish {
  target: string;
  aliases: string[];
  links: string[];
  linkLocal: string[];
  driverOptions: Record<string, string>;
  ip: string;
  ip6: string;
  mac: string;
  priority: number;
}

const plainWish = (target: string): NetworkWish => ({
  target,
  aliases: [],
  links: [],
  linkLocal: [],
  driverOptions: {},
  ip: "",
  ip6: "",
  mac: "",
  priority: 0,
});

function setField(wish: NetworkWish, key: string, value: string): void {
  switch (key) {
    case "name":
      wish.target = value;
      return;
    case "alias":
      wish.aliases.push(value);
      return;
    case "ip":
      wish.ip = value;
      return;
    case "ip6":
      wish.ip6 = value;
      return;
    case "mac-address":
      wish.mac = value;
      return;
    case "link-local-ip":
      wish.linkLocal.push(value);
      return;
    case "driver-opt": {
      const equals = value.indexOf("=");
      if (equals < 0) throw new FlagValueError(`invalid key value pair format in driver options`);
      wish.driverOptions[value.slice(0, equals).trim().toLowerCase()] = value.slice(equals + 1).trim();
      return;
    }
    case "gw-priority":
      try {
        wish.priority = parseInteger(value);
      } catch {
        throw new FlagValueError(`invalid gw-priority (${value}): invalid syntax`);
      }
      return;
    default:
      throw new FlagValueError(`invalid field key ${key}`);
  }
}

/** A name, or "name=…,alias=…,ip=…": what holds a pair of words is taken for fields. @throws FlagValueError */
export function readNetwork(given: string): NetworkWish {
  if (!/\w=\w/.test(given)) return plainWish(given);
  const wish = plainWish("");
  for (const field of splitCommas(given)) {
    const equals = field.indexOf("=");
    if (equals < 0) throw new FlagValueError(`invalid field ${field}`);
    setField(wish, field.slice(0, equals).trim().toLowerCase(), field.slice(equals + 1).trim());
  }
  if (wish.target === "") throw new FlagValueError("network name/id is not specified");
  return wish;
}

/** The flags beside `--network` that belong to the first one. */
export interface FirstNetworkFlags {
  aliases: readonly string[];
  links: readonly string[];
  linkLocal: readonly string[];
  ip: string;
  ip6: string;
  mac: string;
}

function merged(wish: NetworkWish, flags: FirstNetworkFlags): NetworkWish {
  const clash = (what: string) => new CommandError(`conflicting options: cannot specify both ${what}`);
  if (wish.aliases.length > 0 && flags.aliases.length > 0) throw clash("--network-alias and per-network alias");
  if (wish.links.length > 0 && flags.links.length > 0) throw clash("--link and per-network links");
  if (wish.ip !== "" && flags.ip !== "") throw clash("--ip and per-network IPv4 address");
  if (wish.ip6 !== "" && flags.ip6 !== "") throw clash("--ip6 and per-network IPv6 address");
  if (wish.mac !== "" && flags.mac !== "") throw clash("--mac-address and per-network MAC address");
  if (wish.linkLocal.length > 0 && flags.linkLocal.length > 0) {
    throw clash("--link-local-ip and per-network link-local IP addresses");
  }
  return {
    ...wish,
    aliases: [...wish.aliases, ...flags.aliases],
    links: [...wish.links, ...flags.links],
    linkLocal: [...wish.linkLocal, ...flags.linkLocal],
    ip: wish.ip || flags.ip,
    ip6: wish.ip6 || flags.ip6,
    mac: wish.mac || flags.mac,
  };
}

const BUILT_IN = ["bridge", "default", "host", "none"];
const isUserDefined = (network: string): boolean => !BUILT_IN.includes(network) && !network.startsWith("container:");

const MAC_ADDRESS = /^[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}(?:(?:\1[0-9a-f]{2}){2})?$/i;

/** @throws CommandError */
export function checkMacAddress(text: string): string {
  if (text !== "" && !MAC_ADDRESS.test(text)) throw new CommandError(`${text} is not a valid mac address`);
  return text;
}

/** What is asked of one network; a key that is not there asks nothing. @throws CommandError */
function endpointOf(wish: NetworkWish): EndpointRequest {
  const userDefined = isUserDefined(wish.target);
  if (!userDefined && wish.aliases.length > 0) {
    throw new CommandError("network-scoped aliases are only supported for user-defined networks");
  }
  const request: EndpointRequest = {};
  // On the default bridge a link is the container's, not the endpoint's.
  if (wish.links.length > 0 && userDefined) request.Links = wish.links;
  if (wish.aliases.length > 0) request.Aliases = wish.aliases;
  if (wish.mac !== "") request.MacAddress = checkMacAddress(wish.mac);
  if (wish.priority !== 0) request.GwPriority = wish.priority;
  if (Object.keys(wish.driverOptions).length > 0) request.DriverOpts = wish.driverOptions;
  if (wish.ip !== "" || wish.ip6 !== "" || wish.linkLocal.length > 0) {
    request.IPAMConfig = {
      ...(wish.ip === "" ? {} : { IPv4Address: wish.ip }),
      ...(wish.ip6 === "" ? {} : { IPv6Address: wish.ip6 }),
      ...(wish.linkLocal.length === 0 ? {} : { LinkLocalIPs: wish.linkLocal }),
    };
  }
  return request;
}

export interface NetworkPlan {
  mode: string;
  endpoints: Record<string, EndpointRequest>;
}

/** The network mode and what is asked of each network. @throws CommandError in Docker's words */
export function planNetworks(wishes: readonly NetworkWish[], flags: FirstNetworkFlags): NetworkPlan {
  const [first = plainWish("default"), ...others] = wishes;
  const all = [merged(first, flags), ...others];
  const endpoints: Record<string, EndpointRequest> = {};
  for (const wish of all) {
    const endpoint = endpointOf(wish);
    if (Object.hasOwn(endpoints, wish.target)) {
      throw new CommandError(`network ${JSON.stringify(wish.target)} is specified multiple times`);
    }
    endpoints[wish.target] = endpoint;
  }
  const kinds = new Set(all.map(({ target }) => isUserDefined(target)));
  if (kinds.size > 1) {
    throw new CommandError("conflicting options: cannot attach both user-defined and non-user-defined network-modes");
  }
  const asksNothing = all.length === 1 && Object.keys(endpoints[first.target] ?? {}).length === 0;
  return { mode: first.target, endpoints: asksNothing ? {} : endpoints };
}
