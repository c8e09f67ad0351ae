// MAC addresses for interfaces, with Docker's locally administered prefix.
import { bytesOf, type IpAddress } from "./ip.ts";

const PREFIX = [0x02, 0x42];

function format(last: Uint8Array): string {
  return [...PREFIX, ...last].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

export function randomMac(): string {
  return format(crypto.getRandomValues(new Uint8Array(4)));
}

/** Derived from the IPv4 address, so that neighbour caches stay valid when the address is reused. */
export function macOfAddress(address: IpAddress): string {
  return format(bytesOf(address).slice(-4));
}
