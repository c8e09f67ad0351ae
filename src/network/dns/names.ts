// The interfaces by which a container's resolver looks up names and nameservers.
import type { IpAddress } from "../ip.ts";

/** The names that one container sees on its networks. */
export interface NameView {
  /** The addresses of a name, of both families; undefined if it is not a container's. */
  addresses(name: string): IpAddress[] | undefined;
  /** The name of the container with an address, without a final dot; undefined if there is none. */
  nameOf(address: IpAddress): string | undefined;
}

/** Where other questions are forwarded to. */
export interface UpstreamView {
  /** In the order of queries; none if the container has no external connectivity. */
  nameservers(): string[];
}
