// Validates the networking configuration of a new container and creates its record.
import { BerthError } from "../../api/errors.ts";
import { formatContainerPort, type PortRequest, parseContainerPort } from "../../api/port-ranges.ts";
import { onlyExposed, requestsOf } from "../../api/requested-ports.ts";
import { contains, isUnspecified, parseAddress, parsePrefix } from "../../network/ip.ts";
import type { ContainerConfiguration } from "../containers/configuration/container-configuration.ts";
import type { HostConfiguration } from "../containers/configuration/host-configuration.ts";
import type { NetworkMode } from "../containers/configuration/namespace-modes.ts";
import type { Catalogue } from "./catalogue.ts";
import { optionProblems } from "./endpoint-options.ts";
import type { Network } from "./network.ts";
import { isPredefined } from "./predefined.ts";
import type { Attachment, ContainerRecord, EndpointRequest } from "./records.ts";

/** The networking configuration of a new container. */
export interface NetworkingConfig {
  endpoints: Record<string, EndpointRequest>;
  hostConfig: HostConfiguration;
  config: ContainerConfiguration;
}

const MAC_ADDRESS = /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i;
/** The lowest bit of the first byte marks multicast addresses, which no interface can have. */
const GROUP_BIT = 1;

const DISABLE_IPV6 = "net.ipv6.conf.all.disable_ipv6";

/** @throws BerthError invalidParameter */
export function newRecord(containerId: string, networking: NetworkingConfig, catalogue: Catalogue): ContainerRecord {
  const { hostConfig, config } = networking;
  const mode = recordedMode(hostConfig.networkMode);
  const ports = hostConfig.ports ?? [];
  const requests = requestsOf(ports);
  checkAddresses(requests);
  return {
    containerId,
    mode,
    disabled: config.networkDisabled ?? false,
    attachments: mode.startsWith("container:") ? [] : attachmentsOf(mode, networking.endpoints, catalogue),
    macAddress: normalMac(config.macAddress),
    ...(hostConfig.sysctls?.[DISABLE_IPV6] === "1" && { withoutIpv6: true }),
    exposed: exposedPorts([...config.exposedPorts, ...onlyExposed(ports)]),
    requests,
    publishAll: hostConfig.publishAllPorts ?? false,
    dns: hostConfig.dns ?? [],
    dnsSearch: hostConfig.dnsSearch ?? [],
    dnsOptions: hostConfig.dnsOptions ?? [],
    extraHosts: hostConfig.extraHosts ?? [],
    links: hostConfig.links ?? [],
  };
}

/** "host", "container:web" or the name of a network. */
function recordedMode(mode: NetworkMode): string {
  if (typeof mode === "string") return mode;
  return "container" in mode ? `container:${mode.container}` : mode.network;
}

/** A container without networks, as one is shown whose removal has begun. */
export function disconnectedRecord(containerId: string): ContainerRecord {
  return {
    containerId,
    mode: "none",
    disabled: false,
    attachments: [],
    macAddress: "",
    exposed: [],
    requests: [],
    publishAll: false,
    dns: [],
    dnsSearch: [],
    dnsOptions: [],
    extraHosts: [],
    links: [],
  };
}

/** @throws BerthError invalidParameter for an address that is malformed */
export function checkAddresses(requests: readonly PortRequest[]): void {
  for (const address of requests.flatMap(({ hostAddresses }) => hostAddresses)) {
    if (!parseAddress(address)) throw new BerthError("invalidParameter", `invalid IP address: ${address}`);
  }
}

function exposedPorts(ports: readonly string[]): string[] {
  return [...new Set(ports.map((port) => formatContainerPort(parseContainerPort(port))))];
}

/** An unknown network is no error before the start: it may be created until then. */
function attachmentsOf(mode: string, endpoints: NetworkingConfig["endpoints"], catalogue: Catalogue): Attachment[] {
  const requests = new Map<Network | string, EndpointRequest>();
  const ask = (reference: string, request: EndpointRequest): unknown =>
    requests.set(catalogue.lookUp(reference) ?? reference, request);
  // Endpoints replace the default bridge, as in Docker: it is joined only if one of them names it.
  if (mode !== "bridge" || Object.keys(endpoints).length === 0) ask(mode, {});
  for (const [reference, request] of Object.entries(endpoints)) ask(reference, request);
  checkCombination([...requests.keys()].filter((network) => typeof network !== "string"));
  return [...requests].map(([network, request]) =>
    typeof network === "string" ? { networkId: network, request } : checkedAttachment(network, request),
  );
}

/** The attachments with the IDs of their networks. @throws BerthError notFound for an unknown network */
export function resolvedAttachments({ attachments }: ContainerRecord, catalogue: Catalogue): Attachment[] {
  return attachments.map((attachment) =>
    catalogue.get(attachment.networkId)
      ? attachment
      : checkedAttachment(catalogue.find(attachment.networkId), attachment.request),
  );
}

/** "host" and "none" cannot be combined with other networks. @throws BerthError invalidParameter */
export function checkCombination(networks: readonly Network[]): void {
  if (networks.length < 2) return;
  if (networks.some(({ record }) => record.driver === "host")) {
    throw new BerthError(
      "invalidParameter",
      "container sharing network namespace with another container or host cannot be connected to any other network",
    );
  }
  if (networks.some(({ name }) => name === "none")) {
    throw new BerthError(
      "invalidParameter",
      "container cannot be connected to multiple networks with one of the networks in private (none) mode",
    );
  }
}

/** Whether a container may be connected to a network besides those that it is on. @throws BerthError invalidParameter */
export function checkConnection(record: ContainerRecord, network: Network, catalogue: Catalogue): void {
  if (kindOfMode(record) === "shared") {
    throw new BerthError(
      "invalidParameter",
      "container sharing network namespace with another container or host cannot be connected to any other network",
    );
  }
  if (network.record.driver === "host" && record.mode !== "host") {
    throw new BerthError(
      "invalidParameter",
      "cannot connect container to host network - container must be created in host network mode",
    );
  }
  const present = record.attachments.flatMap(({ networkId }) => catalogue.get(networkId) ?? []);
  checkCombination([...present.filter(({ id }) => id !== network.id), network]);
}

/** The container's attachment to a network. Until the first start, it may have the name of one that was created later. */
export function attachmentTo(
  { attachments }: ContainerRecord,
  network: Network,
  catalogue: Catalogue,
): Attachment | undefined {
  return attachments.find(
    ({ networkId }) =>
      networkId === network.id || (!catalogue.get(networkId) && catalogue.lookUp(networkId) === network),
  );
}

/** The kinds of network modes. */
export type ModeKind = "host" | "none" | "shared" | "own";

export function kindOfMode({ mode, disabled }: Pick<ContainerRecord, "mode" | "disabled">): ModeKind {
  if (mode.startsWith("container:")) return "shared";
  if (mode === "host") return "host";
  return disabled || mode === "none" ? "none" : "own";
}

/** Validates the request for one network. @throws BerthError invalidParameter */
export function checkedAttachment(network: Network, request: EndpointRequest): Attachment {
  const problems = [
    ...addressProblems(network, request),
    ...aliasProblems(network, request),
    ...optionProblems(request.driverOptions),
  ];
  if (problems.length > 0) {
    const list = problems.join("\n");
    throw new BerthError(
      "invalidParameter",
      `invalid config for network ${network.name}: invalid endpoint settings:\n${list}`,
    );
  }
  return { networkId: network.id, request: { ...request, macAddress: normalMac(request.macAddress) } };
}

function addressProblems(network: Network, { addresses = {} }: EndpointRequest): string[] {
  const { ipv4 = "", ipv6 = "", linkLocal = [] } = addresses;
  const requested = [ipv4, ipv6].filter((text) => text !== "");
  const malformed = [
    ...(ipv4 === "" || isHostAddress(ipv4, 4) ? [] : [`invalid IPv4 address: ${ipv4}`]),
    ...(ipv6 === "" || isHostAddress(ipv6, 6) ? [] : [`invalid IPv6 address: ${ipv6}`]),
    ...linkLocal.filter((text) => !isLinkLocal(text)).map((text) => `invalid link local IP address: ${text}`),
  ];
  if (malformed.length > 0) return malformed;
  if (requested.length > 0 && !isUserDefined(network)) {
    return ["user specified IP address is supported on user defined networks only"];
  }
  return requested
    .filter((text) => network.prefixLengthOf(text) === 0)
    .map((text) => `no configured subnet or ip-range contain the IP address ${text}`);
}

function isHostAddress(text: string, family: 4 | 6): boolean {
  const address = parseAddress(text);
  return address?.family === family && !isUnspecified(address);
}

const LINK_LOCAL = ["169.254.0.0/16", "fe80::/10"].flatMap((text) => parsePrefix(text) ?? []);

function isLinkLocal(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && LINK_LOCAL.some((prefix) => contains(prefix, address));
}

function aliasProblems(network: Network, { aliases = [] }: EndpointRequest): string[] {
  if (aliases.length === 0 || isUserDefined(network)) return [];
  return ["network-scoped aliases are only supported for user-defined networks"];
}

export const isUserDefined = ({ name }: Network): boolean => !isPredefined(name);

function normalMac(text: string | undefined): string {
  if (!text) return "";
  const [first = "00"] = text.split(/[:-]/);
  if (!MAC_ADDRESS.test(text) || (Number.parseInt(first, 16) & GROUP_BIT) === 1) {
    throw new BerthError("invalidParameter", `invalid MAC address: ${text}`);
  }
  return text.toLowerCase().replaceAll("-", ":");
}
