// API types of networks.
import * as v from "valibot";
import { endpointRequestSchema } from "./container-networks.ts";
import { labels } from "./fields.ts";

export const ipamPoolSchema = v.object({
  Subnet: v.optional(v.string()),
  IPRange: v.optional(v.string()),
  Gateway: v.optional(v.string()),
  AuxiliaryAddresses: labels,
});
export type IpamPool = v.InferOutput<typeof ipamPoolSchema>;

export const createNetworkSchema = v.object({
  Name: v.string(),
  CheckDuplicate: v.optional(v.boolean()),
  Driver: v.optional(v.string()),
  Scope: v.optional(v.string()),
  Internal: v.optional(v.boolean()),
  Attachable: v.optional(v.boolean()),
  Ingress: v.optional(v.boolean()),
  ConfigOnly: v.optional(v.boolean()),
  ConfigFrom: v.optional(v.object({ Network: v.optional(v.string()) })),
  IPAM: v.optional(
    v.object({ Driver: v.optional(v.string()), Config: v.optional(v.array(ipamPoolSchema)), Options: labels }),
  ),
  EnableIPv4: v.optional(v.boolean()),
  EnableIPv6: v.optional(v.boolean()),
  Options: labels,
  Labels: labels,
});
export type CreateNetworkRequest = v.InferOutput<typeof createNetworkSchema>;

export interface CreateNetworkAnswer {
  Id: string;
  Warning: string;
}

export const connectNetworkSchema = v.object({
  Container: v.string(),
  EndpointConfig: v.optional(endpointRequestSchema),
});
export type ConnectNetworkRequest = v.InferOutput<typeof connectNetworkSchema>;

export const disconnectNetworkSchema = v.object({ Container: v.string(), Force: v.optional(v.boolean()) });

/** A network as `ls` and `inspect` show it; `Containers` is empty in lists. Addresses carry their prefix length. */
export interface NetworkInspect {
  Name: string;
  Id: string;
  Created: string;
  Scope: string;
  Driver: string;
  EnableIPv4: boolean;
  EnableIPv6: boolean;
  IPAM: { Driver: string; Options: Record<string, string> | null; Config: IpamPool[] };
  Internal: boolean;
  Attachable: boolean;
  Ingress: boolean;
  ConfigFrom: { Network: string };
  ConfigOnly: boolean;
  Containers: Record<
    string,
    { Name: string; EndpointID: string; MacAddress: string; IPv4Address: string; IPv6Address: string }
  >;
  Options: Record<string, string>;
  Labels: Record<string, string>;
}

export interface PruneNetworksAnswer {
  NetworksDeleted: string[] | null;
}
