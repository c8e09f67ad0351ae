// rtnetlink: addresses and routes. Addresses are 4 or 16 bytes, which implies their family.
import {
  bigEndian32,
  decodeAttributes,
  MessageBody,
  NLM_F_CREATE,
  NLM_F_REPLACE,
  uint32,
  uint32Of,
} from "./message.ts";
import type { NetlinkSocket } from "./socket.ts";

const RTM_NEWADDR = 20;
const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;

const AF_INET = 2;
const AF_INET6 = 10;

const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_BROADCAST = 4;
const IFA_FLAGS = 8;
/** No duplicate address detection: addresses on Berth's bridges are unique. */
const IFA_F_NODAD = 0x02;
const ADDRESS_HEADER_LENGTH = 8;

const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PRIORITY = 6;
const RTA_TABLE = 15;
const ROUTE_HEADER_LENGTH = 12;
const RT_TABLE_MAIN = 254;
const RTPROT_BOOT = 3;
const RT_SCOPE_UNIVERSE = 0;
const RT_SCOPE_LINK = 253;
const RTN_UNICAST = 1;

const familyOf = (address: Uint8Array): number => (address.length === 4 ? AF_INET : AF_INET6);

export interface InterfaceAddress {
  link: number;
  address: Uint8Array;
  prefixLength: number;
  /** 0 is global, 253 link, 254 host. */
  scope: number;
}

function addressBody(entry: Omit<InterfaceAddress, "scope"> & { scope?: number }): MessageBody {
  const header = new Uint8Array(ADDRESS_HEADER_LENGTH);
  header[0] = familyOf(entry.address);
  header[1] = entry.prefixLength;
  header[3] = entry.scope ?? 0;
  header.set(uint32(entry.link), 4);
  return new MessageBody().append(header).attribute(IFA_LOCAL, entry.address).attribute(IFA_ADDRESS, entry.address);
}

/** Adds an address to an interface, unless it has it already. */
export function addAddress(socket: NetlinkSocket, entry: Omit<InterfaceAddress, "scope"> & { scope?: number }): void {
  const body = addressBody(entry);
  if (familyOf(entry.address) === AF_INET6) body.uint32(IFA_FLAGS, IFA_F_NODAD);
  else if (entry.prefixLength < 31) body.attribute(IFA_BROADCAST, broadcastOf(entry.address, entry.prefixLength));
  socket.request({ type: RTM_NEWADDR, flags: NLM_F_CREATE | NLM_F_REPLACE, body: body.finish() }, "add address");
}

function broadcastOf(address: Uint8Array, prefixLength: number): Uint8Array {
  const value = new DataView(address.buffer, address.byteOffset, 4).getUint32(0);
  return bigEndian32((value | (0xffffffff >>> prefixLength)) >>> 0);
}

export interface Route {
  /** Empty for the default route. */
  destination: Uint8Array;
  prefixLength: number;
  link: number;
  gateway?: Uint8Array;
  metric?: number;
  table?: number;
}

function routeBody(route: Route, family: number): Uint8Array {
  const header = new Uint8Array(ROUTE_HEADER_LENGTH);
  header[0] = family;
  header[1] = route.prefixLength;
  header[4] = RT_TABLE_MAIN;
  header[5] = RTPROT_BOOT;
  header[6] = route.gateway || family === AF_INET6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
  header[7] = RTN_UNICAST;
  const body = new MessageBody().append(header).uint32(RTA_OIF, route.link);
  if (route.prefixLength > 0) body.attribute(RTA_DST, route.destination);
  if (route.gateway) body.attribute(RTA_GATEWAY, route.gateway);
  if (route.metric !== undefined) body.uint32(RTA_PRIORITY, route.metric);
  return body.finish();
}

function familyOfRoute(route: Route): number {
  return familyOf(route.gateway ?? route.destination);
}

/** Adds a route, or replaces the one with the same destination. */
export function replaceRoute(socket: NetlinkSocket, route: Route): void {
  const body = routeBody(route, familyOfRoute(route));
  socket.request({ type: RTM_NEWROUTE, flags: NLM_F_CREATE | NLM_F_REPLACE, body }, "add route");
}

/** The unicast routes of all tables and both families; default routes have an empty destination. */
export function listRoutes(socket: NetlinkSocket): Route[] {
  return [AF_INET, AF_INET6].flatMap((family) => {
    const header = new Uint8Array(ROUTE_HEADER_LENGTH);
    header[0] = family;
    return socket
      .dump({ type: RTM_GETROUTE, flags: 0, body: header }, "list routes")
      .filter((message) => message.body[7] === RTN_UNICAST)
      .map((message) => readRoute(message.body));
  });
}

function readRoute(body: Uint8Array): Route {
  const attributes = decodeAttributes(body, ROUTE_HEADER_LENGTH);
  const gateway = attributes.get(RTA_GATEWAY);
  return {
    destination: attributes.get(RTA_DST) ?? new Uint8Array(0),
    prefixLength: body[1] ?? 0,
    link: uint32Of(attributes.get(RTA_OIF)),
    ...(gateway ? { gateway } : {}),
    metric: uint32Of(attributes.get(RTA_PRIORITY)),
    table: uint32Of(attributes.get(RTA_TABLE)),
  };
}
