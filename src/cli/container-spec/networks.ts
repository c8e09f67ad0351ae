// `--network`, as a name or with fields, and the flags that apply to the first network.

import type { EndpointRequest } from "../../api/container-networks.ts";
import { splitPair } from "../../api/pairs.ts";
import { CommandError } from "../failure.ts";
import { FlagValueError } from "../flags/flag.ts";
import { splitCommas } from "../flags/kinds.ts";
import { parseInteger } from "../flags/numbers.ts";

/** One `--network`. */
export interface NetworkAttachment {
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

const defaultAttachment = (target: string): NetworkAttachment => ({
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

function setField(attachment: NetworkAttachment, key: string, value: string): void {
  switch (key) {
    case "name":
      attachment.target = value;
      return;
    case "alias":
      attachment.aliases.push(value);
      return;
    case "ip":
      attachment.ip = value;
      return;
    case "ip6":
      attachment.ip6 = value;
      return;
    case "mac-address":
      attachment.mac = value;
      return;
    case "link-local-ip":
      attachment.linkLocal.push(value);
      return;
    case "driver-opt": {
      const [option, text] = splitPair(value);
      if (text === undefined) throw new FlagValueError(`invalid key value pair format in driver options`);
      attachment.driverOptions[option.trim().toLowerCase()] = text.trim();
      return;
    }
    case "gw-priority":
      try {
        attachment.priority = parseInteger(value);
      } catch {
        throw new FlagValueError(`invalid gw-priority (${value}): invalid syntax`);
      }
      return;
    default:
      throw new FlagValueError(`invalid field key ${key}`);
  }
}

/**
 * A name, or "name=…,alias=…,ip=…": a value that contains a key=value pair is parsed as fields. @throws FlagValueError
 */
export function readNetwork(given: string): NetworkAttachment {
  if (!/\w=\w/.test(given)) return defaultAttachment(given);
  const attachment = defaultAttachment("");
  for (const field of splitCommas(given)) {
    const [name, value] = splitPair(field);
    if (value === undefined) throw new FlagValueError(`invalid field ${field}`);
    setField(attachment, name.trim().toLowerCase(), value.trim());
  }
  if (attachment.target === "") throw new FlagValueError("network name/id is not specified");
  return attachment;
}

/** Other flags that apply to the first `--network`. */
export interface FirstNetworkFlags {
  aliases: readonly string[];
  links: readonly string[];
  linkLocal: readonly string[];
  ip: string;
  ip6: string;
  mac: string;
}

function merged(attachment: NetworkAttachment, flags: FirstNetworkFlags): NetworkAttachment {
  const clash = (what: string) => new CommandError(`conflicting options: cannot specify both ${what}`);
  if (attachment.aliases.length > 0 && flags.aliases.length > 0) throw clash("--network-alias and per-network alias");
  if (attachment.links.length > 0 && flags.links.length > 0) throw clash("--link and per-network links");
  if (attachment.ip !== "" && flags.ip !== "") throw clash("--ip and per-network IPv4 address");
  if (attachment.ip6 !== "" && flags.ip6 !== "") throw clash("--ip6 and per-network IPv6 address");
  if (attachment.mac !== "" && flags.mac !== "") throw clash("--mac-address and per-network MAC address");
  if (attachment.linkLocal.length > 0 && flags.linkLocal.length > 0) {
    throw clash("--link-local-ip and per-network link-local IP addresses");
  }
  return {
    ...attachment,
    aliases: [...attachment.aliases, ...flags.aliases],
    links: [...attachment.links, ...flags.links],
    linkLocal: [...attachment.linkLocal, ...flags.linkLocal],
    ip: attachment.ip || flags.ip,
    ip6: attachment.ip6 || flags.ip6,
    mac: attachment.mac || flags.mac,
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

/** The endpoint settings for one network; keys that are not set are omitted. @throws CommandError */
function endpointOf(attachment: NetworkAttachment): EndpointRequest {
  const userDefined = isUserDefined(attachment.target);
  if (!userDefined && attachment.aliases.length > 0) {
    throw new CommandError("network-scoped aliases are only supported for user-defined networks");
  }
  const request: EndpointRequest = {};
  // On the default bridge, links belong to the container rather than the endpoint.
  if (attachment.links.length > 0 && userDefined) request.Links = attachment.links;
  if (attachment.aliases.length > 0) request.Aliases = attachment.aliases;
  if (attachment.mac !== "") request.MacAddress = checkMacAddress(attachment.mac);
  if (attachment.priority !== 0) request.GwPriority = attachment.priority;
  if (Object.keys(attachment.driverOptions).length > 0) request.DriverOpts = attachment.driverOptions;
  if (attachment.ip !== "" || attachment.ip6 !== "" || attachment.linkLocal.length > 0) {
    request.IPAMConfig = {
      ...(attachment.ip === "" ? {} : { IPv4Address: attachment.ip }),
      ...(attachment.ip6 === "" ? {} : { IPv6Address: attachment.ip6 }),
      ...(attachment.linkLocal.length === 0 ? {} : { LinkLocalIPs: attachment.linkLocal }),
    };
  }
  return request;
}

export interface NetworkingOptions {
  mode: string;
  endpoints: Record<string, EndpointRequest>;
}

/** The network mode and the endpoint settings of each network. @throws CommandError in Docker's words */
export function networkingOptions(wishes: readonly NetworkAttachment[], flags: FirstNetworkFlags): NetworkingOptions {
  const [first = defaultAttachment("default"), ...others] = wishes;
  const all = [merged(first, flags), ...others];
  const endpoints: Record<string, EndpointRequest> = {};
  for (const attachment of all) {
    const endpoint = endpointOf(attachment);
    if (Object.hasOwn(endpoints, attachment.target)) {
      throw new CommandError(`network ${JSON.stringify(attachment.target)} is specified multiple times`);
    }
    endpoints[attachment.target] = endpoint;
  }
  const kinds = new Set(all.map(({ target }) => isUserDefined(target)));
  if (kinds.size > 1) {
    throw new CommandError("conflicting options: cannot attach both user-defined and non-user-defined network-modes");
  }
  const isDefault = all.length === 1 && Object.keys(endpoints[first.target] ?? {}).length === 0;
  return { mode: first.target, endpoints: isDefault ? {} : endpoints };
}
