// MAC addresses of interfaces that Berth makes: all with Docker's locally administered prefix.
import { bytesOf, type IpAddress } from "./ip.ts";

const PREFIX = [0x02, 0x42];

function format(last: Uint8Array): string {
  return [...PREFIX, ...last].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

export function randomMac(): string {
  return format(crypto.getRandomValues(new Uint8Array(4)));
}

/** One made of the IPv4 address, so that neighbours' caches stay right when the address is given again. */
export function macOfAddress(address: IpAddress): string {
  return format(bytesOf(address).slice(-4));
}
