// API types of a container's networks and ports.
import * as v from "valibot";
import { integer, labels, text, texts } from "./fields.ts";

/** One host address a container's port is published on. `HostPort` is "", "8080" or "8000-8010". */
export const portBindingSchema = v.object({ HostIp: text, HostPort: text });
export type PortBinding = v.InferOutput<typeof portBindingSchema>;

/** Keys are "80/tcp". */
export const portMapSchema = v.record(v.string(), v.nullable(v.array(portBindingSchema)));
export type PortMap = v.InferOutput<typeof portMapSchema>;

/** A request for an endpoint on a network. */
export const endpointRequestSchema = v.object({
  IPAMConfig: v.optional(v.object({ IPv4Address: text, IPv6Address: text, LinkLocalIPs: texts })),
  Links: texts,
  Aliases: texts,
  MacAddress: text,
  DriverOpts: labels,
  GwPriority: integer,
  NetworkID: text,
});
export type EndpointRequest = v.InferOutput<typeof endpointRequestSchema>;

/** An endpoint as `inspect` shows it. Lengths are in bits; strings are empty while the container does not run. */
export interface EndpointSettings {
  IPAMConfig: { IPv4Address?: string; IPv6Address?: string; LinkLocalIPs?: string[] } | null;
  Links: string[] | null;
  Aliases: string[] | null;
  MacAddress: string;
  DriverOpts: Record<string, string> | null;
  GwPriority: number;
  NetworkID: string;
  EndpointID: string;
  Gateway: string;
  IPAddress: string;
  IPPrefixLen: number;
  IPv6Gateway: string;
  GlobalIPv6Address: string;
  GlobalIPv6PrefixLen: number;
  /** All DNS names of the container on this network; null on the default networks. */
  DNSNames: string[] | null;
}

export interface NetworkSettings {
  Bridge: string;
  SandboxID: string;
  SandboxKey: string;
  Ports: PortMap;
  HairpinMode: boolean;
  LinkLocalIPv6Address: string;
  LinkLocalIPv6PrefixLen: number;
  SecondaryIPAddresses: null;
  SecondaryIPv6Addresses: null;
  EndpointID: string;
  Gateway: string;
  GlobalIPv6Address: string;
  GlobalIPv6PrefixLen: number;
  IPAddress: string;
  IPPrefixLen: number;
  IPv6Gateway: string;
  MacAddress: string;
  Networks: Record<string, EndpointSettings>;
}

export interface PortSummary {
  IP?: string;
  PrivatePort: number;
  PublicPort?: number;
  Type: string;
}
