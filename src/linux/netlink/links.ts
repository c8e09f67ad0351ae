// rtnetlink: network interfaces. Each function sends one message, which the kernel answers within the call.

import { isErrno } from "../errno.ts";
import { decodeAttributes, MessageBody, NLM_F_CREATE, NLM_F_EXCL, textOf, uint32Of } from "./message.ts";
import type { NetlinkSocket } from "./socket.ts";

const RTM_NEWLINK = 16;
const RTM_DELLINK = 17;
const RTM_GETLINK = 18;
const RTM_SETLINK = 19;

const AF_BRIDGE = 7;
const LINK_HEADER_LENGTH = 16;
const IFF_UP = 1;

const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_LINK = 5;
const IFLA_MASTER = 10;
const IFLA_PROTINFO = 12;
const IFLA_LINKINFO = 18;
const IFLA_NET_NS_FD = 28;

const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const VETH_INFO_PEER = 1;
const IFLA_BR_STP_STATE = 5;
const IFLA_BR_MCAST_SNOOPING = 23;
const IFLA_MACVLAN_MODE = 1;
const IFLA_IPVLAN_MODE = 1;
const IFLA_IPVLAN_FLAGS = 2;
const IFLA_VLAN_ID = 1;

const IFLA_BRPORT_STATE = 1;
const IFLA_BRPORT_MODE = 4;
const IFLA_BRPORT_FLUSH = 24;
const IFLA_BRPORT_ISOLATED = 33;
const BR_STATE_DISABLED = 0;

/** A network interface. `index` is unique within its network namespace. */
export interface Link {
  index: number;
  name: string;
  up: boolean;
  mtu: number;
  /** "02:42:ac:11:00:02"; empty for interfaces without one. */
  mac: string;
  /** Index of the bridge it is a port of; 0 for none. */
  master: number;
  /** "bridge", "veth", "macvlan", …; empty for hardware and the loopback. */
  kind: string;
}

/** Attributes for a new link. */
export interface LinkAttributes {
  name: string;
  mtu?: number;
  mac?: string;
}

function linkHeader(index: number, family = 0, flags = 0, change = 0): Uint8Array {
  const bytes = new Uint8Array(LINK_HEADER_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, family);
  view.setInt32(4, index, true);
  view.setUint32(8, flags, true);
  view.setUint32(12, change, true);
  return bytes;
}

function addAttributes(body: MessageBody, traits: Partial<LinkAttributes>): MessageBody {
  if (traits.name !== undefined) body.text(IFLA_IFNAME, traits.name);
  if (traits.mtu) body.uint32(IFLA_MTU, traits.mtu);
  if (traits.mac) body.attribute(IFLA_ADDRESS, macBytes(traits.mac));
  return body;
}

export function macBytes(mac: string): Uint8Array {
  return Uint8Array.from(mac.split(":"), (pair) => Number.parseInt(pair, 16));
}

function macText(bytes: Uint8Array | undefined): string {
  return bytes ? [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":") : "";
}

function create(socket: NetlinkSocket, traits: LinkAttributes, up: boolean, fill: (body: MessageBody) => void): void {
  const body = new MessageBody().append(linkHeader(0, 0, up ? IFF_UP : 0, up ? IFF_UP : 0));
  fill(addAttributes(body, traits));
  const flags = NLM_F_CREATE | NLM_F_EXCL;
  socket.request({ type: RTM_NEWLINK, flags, body: body.finish() }, `create interface ${traits.name}`);
}

/** Creates a bridge, down. @throws SystemCallError EEXIST */
export function createBridge(socket: NetlinkSocket, traits: LinkAttributes): void {
  create(socket, traits, false, (body) =>
    body.nested(IFLA_LINKINFO, (info) =>
      info.text(IFLA_INFO_KIND, "bridge").nested(IFLA_INFO_DATA, (data) => {
        data.uint32(IFLA_BR_STP_STATE, 0).uint8(IFLA_BR_MCAST_SNOOPING, 0);
      }),
    ),
  );
}

/**
 * Creates a veth pair. This end is up and a port of the bridge `master`; the peer is down and in the network namespace
 * open as the descriptor `namespace`.
 */
export function createVeth(
  socket: NetlinkSocket,
  host: LinkAttributes & { master: number },
  peer: LinkAttributes & { namespace: number },
): void {
  create(socket, host, true, (body) =>
    body.uint32(IFLA_MASTER, host.master).nested(IFLA_LINKINFO, (info) =>
      info.text(IFLA_INFO_KIND, "veth").nested(IFLA_INFO_DATA, (data) =>
        data.nested(VETH_INFO_PEER, (other) => {
          addAttributes(other.append(linkHeader(0)), peer).uint32(IFLA_NET_NS_FD, peer.namespace);
        }),
      ),
    ),
  );
}

/** `mode`: private 1, vepa 2, bridge 4, passthru 8. */
export function createMacvlan(
  socket: NetlinkSocket,
  traits: LinkAttributes & { namespace: number },
  parent: number,
  mode: number,
): void {
  create(socket, traits, false, (body) =>
    body
      .uint32(IFLA_LINK, parent)
      .uint32(IFLA_NET_NS_FD, traits.namespace)
      .nested(IFLA_LINKINFO, (info) =>
        info.text(IFLA_INFO_KIND, "macvlan").nested(IFLA_INFO_DATA, (data) => data.uint32(IFLA_MACVLAN_MODE, mode)),
      ),
  );
}

/** `mode`: l2 0, l3 1, l3s 2; `flag`: bridge 0, private 1, vepa 2. */
export function createIpvlan(
  socket: NetlinkSocket,
  traits: LinkAttributes & { namespace: number },
  parent: number,
  mode: number,
  flag: number,
): void {
  create(socket, traits, false, (body) =>
    body
      .uint32(IFLA_LINK, parent)
      .uint32(IFLA_NET_NS_FD, traits.namespace)
      .nested(IFLA_LINKINFO, (info) =>
        info.text(IFLA_INFO_KIND, "ipvlan").nested(IFLA_INFO_DATA, (data) => {
          data.uint16(IFLA_IPVLAN_MODE, mode).uint16(IFLA_IPVLAN_FLAGS, flag);
        }),
      ),
  );
}

/** Creates a VLAN interface on `parent`, up. */
export function createVlan(socket: NetlinkSocket, traits: LinkAttributes, parent: number, tag: number): void {
  create(socket, traits, true, (body) =>
    body
      .uint32(IFLA_LINK, parent)
      .nested(IFLA_LINKINFO, (info) =>
        info.text(IFLA_INFO_KIND, "vlan").nested(IFLA_INFO_DATA, (data) => data.uint16(IFLA_VLAN_ID, tag)),
      ),
  );
}

/** Creates a dummy interface, up. */
export function createDummy(socket: NetlinkSocket, traits: LinkAttributes): void {
  create(socket, traits, true, (body) => body.nested(IFLA_LINKINFO, (info) => info.text(IFLA_INFO_KIND, "dummy")));
}

export function setLinkUp(socket: NetlinkSocket, index: number): void {
  const body = new MessageBody().append(linkHeader(index, 0, IFF_UP, IFF_UP)).finish();
  socket.request({ type: RTM_SETLINK, flags: 0, body }, `set interface ${index} up`);
}

/** Changes the name, MAC address or MTU of an interface. */
export function changeLink(socket: NetlinkSocket, index: number, traits: Partial<LinkAttributes>): void {
  const body = addAttributes(new MessageBody().append(linkHeader(index)), traits).finish();
  socket.request({ type: RTM_SETLINK, flags: 0, body }, `change interface ${index}`);
}

/**
 * Deletes an interface. No error if it does not exist, as a veth after the end of its peer's namespace. Slow, because the
 * kernel waits for all processors: only in the background.
 */
export function deleteLink(socket: NetlinkSocket, index: number): void {
  const body = new MessageBody().append(linkHeader(index)).finish();
  try {
    socket.request({ type: RTM_DELLINK, flags: 0, body }, `delete interface ${index}`);
  } catch (thrown) {
    if (!isErrno(thrown, "ENODEV")) throw thrown;
  }
}

/** Deletes the link of that name, if there is one. */
export function deleteLinkNamed(socket: NetlinkSocket, name: string): void {
  const link = findLink(socket, name);
  if (link) deleteLink(socket, link.index);
}

function changeBridgePort(socket: NetlinkSocket, index: number, fill: (port: MessageBody) => void): void {
  const body = new MessageBody().append(linkHeader(index, AF_BRIDGE)).nested(IFLA_PROTINFO, fill).finish();
  socket.request({ type: RTM_SETLINK, flags: 0, body }, `change bridge port ${index}`);
}

/** `hairpin`: packets may leave by the port they came from. `isolated`: isolated ports do not reach each other. */
export function setBridgePort(
  socket: NetlinkSocket,
  index: number,
  port: { hairpin: boolean; isolated: boolean },
): void {
  changeBridgePort(socket, index, (body) => {
    body.uint8(IFLA_BRPORT_MODE, port.hairpin ? 1 : 0).uint8(IFLA_BRPORT_ISOLATED, port.isolated ? 1 : 0);
  });
}

/** Disables a bridge port and flushes its forwarding entries, without the wait of deleting it. */
export function disableBridgePort(socket: NetlinkSocket, index: number): void {
  changeBridgePort(socket, index, (body) => {
    body.uint8(IFLA_BRPORT_STATE, BR_STATE_DISABLED).attribute(IFLA_BRPORT_FLUSH, new Uint8Array(0));
  });
}

/** All interfaces of the socket's namespace. */
export function listLinks(socket: NetlinkSocket): Link[] {
  const body = new MessageBody().append(linkHeader(0)).finish();
  return socket.dump({ type: RTM_GETLINK, flags: 0, body }, "list interfaces").map((message) => readLink(message.body));
}

function readLink(body: Uint8Array): Link {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const attributes = decodeAttributes(body, LINK_HEADER_LENGTH);
  const info = attributes.get(IFLA_LINKINFO);
  return {
    index: view.getInt32(4, true),
    name: textOf(attributes.get(IFLA_IFNAME)),
    up: (view.getUint32(8, true) & IFF_UP) !== 0,
    mtu: uint32Of(attributes.get(IFLA_MTU)),
    mac: macText(attributes.get(IFLA_ADDRESS)),
    master: uint32Of(attributes.get(IFLA_MASTER)),
    kind: info ? textOf(decodeAttributes(info).get(IFLA_INFO_KIND)) : "",
  };
}

/** The interface with this name in the socket's namespace. */
export function findLink(socket: NetlinkSocket, name: string): Link | undefined {
  const body = new MessageBody().append(linkHeader(0)).text(IFLA_IFNAME, name).finish();
  try {
    return readLink(socket.query({ type: RTM_GETLINK, flags: 0, body }, `find interface ${name}`).body);
  } catch (thrown) {
    if (isErrno(thrown, "ENODEV")) return undefined;
    throw thrown;
  }
}
