// From what a user published (`-p`, `-P`, EXPOSE) to the ports that are to be taken.
import type { PortBinding, PortMap } from "../api/container-networks.ts";
import { BerthError } from "../api/errors.ts";
import type { TransportProtocol } from "./firewall/entries.ts";
import { type IpAddress, parseAddress } from "./ip.ts";

/** A port of a container, "80/tcp". */
export interface ContainerPort {
  protocol: TransportProtocol;
  port: number;
}

/** One published port: which of the container's, and what of the host is wanted for it; 0 to 0 is any port. */
export interface PublishedWish extends ContainerPort {
  /** Undefined when the user named none. */
  hostAddress: IpAddress | undefined;
  firstPort: number;
  lastPort: number;
}

const MAX_PORT = 65535;
const protocolOrder: TransportProtocol[] = ["tcp", "udp", "sctp"];

/** Reads "80/tcp" or "80". @throws BerthError invalidParameter */
export function parseContainerPort(text: string): ContainerPort {
  const [number = "", protocol = "tcp"] = text.split("/");
  const port = Number(number);
  if (!/^\d+$/.test(number) || port > MAX_PORT) {
    throw new BerthError("invalidParameter", `invalid port specification: "${text}"`);
  }
  const known = protocolOrder.find((name) => name === protocol.toLowerCase());
  if (!known) throw new BerthError("invalidParameter", `invalid protocol: ${protocol}`);
  return { protocol: known, port };
}

export const formatContainerPort = ({ port, protocol }: ContainerPort): string => `${port}/${protocol}`;

/** Reads "", "8080" or "8000-8010". @throws BerthError invalidParameter */
export function parseHostPort(text: string | undefined): { firstPort: number; lastPort: number } {
  if (!text) return { firstPort: 0, lastPort: 0 };
  const [, first = "", last = first] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  const [firstPort, lastPort] = [Number(first), Number(last)];
  if (first === "" || firstPort > MAX_PORT || lastPort > MAX_PORT || lastPort < firstPort) {
    throw new BerthError("invalidParameter", `invalid port specification: "${text}"`);
  }
  return { firstPort, lastPort };
}

/**
 * Everything published, in the order ports are taken: exact ports first, so that a range leaves them free; those of one
 * protocol by number, so that neighbours are found.
 */
export function publishedWishes(bindings: PortMap, exposed: readonly string[], publishAll: boolean): PublishedWish[] {
  const wishes = Object.entries(bindings).flatMap(([key, list]) => {
    const port = parseContainerPort(key);
    return (list ?? []).map((binding) => ({ ...port, ...readBinding(binding) }));
  });
  if (publishAll) {
    for (const key of exposed) {
      const port = parseContainerPort(key);
      const known = wishes.some((wish) => wish.port === port.port && wish.protocol === port.protocol);
      if (!known) wishes.push({ ...port, hostAddress: undefined, firstPort: 0, lastPort: 0 });
    }
  }
  return wishes.sort(compareWishes);
}

function readBinding({ HostIp, HostPort }: PortBinding): Omit<PublishedWish, keyof ContainerPort> {
  const hostAddress = HostIp ? parseAddress(HostIp) : undefined;
  if (HostIp && !hostAddress) throw new BerthError("invalidParameter", `invalid IP address: ${HostIp}`);
  return { hostAddress, ...parseHostPort(HostPort) };
}

const isExact = ({ firstPort, lastPort }: PublishedWish): boolean => firstPort !== 0 && firstPort === lastPort;

function compareWishes(one: PublishedWish, other: PublishedWish): number {
  return (
    Number(isExact(other)) - Number(isExact(one)) ||
    protocolOrder.indexOf(one.protocol) - protocolOrder.indexOf(other.protocol) ||
    one.port - other.port ||
    one.firstPort - other.firstPort ||
    one.lastPort - other.lastPort
  );
}

/** Whether two wishes differ in nothing but the host's address and so get the same port. */
export function wantSamePort(one: PublishedWish, other: PublishedWish): boolean {
  return (
    one.port === other.port &&
    one.protocol === other.protocol &&
    one.firstPort === other.firstPort &&
    one.lastPort === other.lastPort
  );
}
