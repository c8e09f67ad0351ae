// Networks, and what containers have on them, as the database keeps them: one JSON document each. A change of these
// schemas comes with a migration that brings the documents of older versions into the new form.
import * as v from "valibot";
import { portRangeSchema, portRequestSchema } from "../../network/port-schemas.ts";

const stringMap = v.record(v.string(), v.string());

/** A subnet and how its addresses are given out. In a record it has its subnet; a request may leave it out. */
const ipamPoolSchema = v.object({
  /** "10.0.0.0/16" */
  subnet: v.optional(v.string()),
  /** The part of it for containers: "10.0.5.0/24". */
  ipRange: v.optional(v.string()),
  gateway: v.optional(v.string()),
  /** Addresses that others have, by name. */
  auxiliaryAddresses: v.optional(stringMap),
});
export type IpamPool = v.InferOutput<typeof ipamPoolSchema>;

export const networkRecordSchema = v.object({
  /** 64 hexadecimal digits. */
  id: v.string(),
  name: v.string(),
  /** RFC 3339. */
  created: v.string(),
  driver: v.string(),
  internal: v.boolean(),
  attachable: v.boolean(),
  ingress: v.boolean(),
  configOnly: v.boolean(),
  /** The name of the configuration-only network it was created from; empty for none. */
  configFrom: v.string(),
  enableIPv4: v.boolean(),
  enableIPv6: v.boolean(),
  /** Whether it has IPv6 although the client did not enable it. Clients see the value of their request. */
  ipv6Unasked: v.optional(v.boolean()),
  ipam: v.object({ driver: v.string(), options: v.nullable(stringMap), pools: v.array(ipamPoolSchema) }),
  options: stringMap,
  labels: stringMap,
  /** The name of the host's interface that the network uses; empty for "host" and "null". */
  hostInterface: v.string(),
  /** Whether the interface existed before the network, and so outlives it. */
  adopted: v.boolean(),
});
export type NetworkRecord = v.InferOutput<typeof networkRecordSchema>;

/** What is asked of a container's endpoint on one network; the engine chooses what is absent or "". */
const endpointRequestSchema = v.object({
  addresses: v.optional(
    v.object({
      ipv4: v.optional(v.string()),
      ipv6: v.optional(v.string()),
      linkLocal: v.optional(v.array(v.string())),
    }),
  ),
  /** "container:alias" */
  links: v.optional(v.array(v.string())),
  aliases: v.optional(v.array(v.string())),
  macAddress: v.optional(v.string()),
  driverOptions: v.optional(stringMap),
  /** The network with the highest has the default route. */
  gatewayPriority: v.optional(v.number()),
});
export type EndpointRequest = v.InferOutput<typeof endpointRequestSchema>;

/** A network to connect a container to. */
const attachmentSchema = v.object({
  /** Its ID; until the first start what the user typed, if there was no such network yet. */
  networkId: v.string(),
  request: endpointRequestSchema,
});
export type Attachment = v.InferOutput<typeof attachmentSchema>;

/** A container's interface on one network while it runs. Addresses are plain, without prefix length. */
const endpointRecordSchema = v.object({
  /** 64 hexadecimal digits. */
  id: v.string(),
  networkId: v.string(),
  /** Name in the container: "eth0". */
  interfaceName: v.string(),
  /** Name of its counterpart on the host, for drivers that create one. */
  hostName: v.string(),
  mac: v.string(),
  ipv4: v.string(),
  ipv6: v.string(),
});
export type EndpointRecord = v.InferOutput<typeof endpointRecordSchema>;

/** The names of a container. */
const networkIdentitySchema = v.object({ name: v.string(), hostname: v.string(), domainname: v.string() });
export type NetworkIdentity = v.InferOutput<typeof networkIdentitySchema>;

/** The part of a container's network that exists only while it runs. */
const sandboxRecordSchema = v.object({
  /** 64 hexadecimal digits. */
  id: v.string(),
  identity: networkIdentitySchema,
  endpoints: v.array(endpointRecordSchema),
  /** Published ports as they were allocated. */
  published: v.array(portRangeSchema),
  /** Interfaces that are being added or removed; an engine that finds them at its start removes them. */
  unsettled: v.optional(v.array(v.string())),
});
export type SandboxRecord = v.InferOutput<typeof sandboxRecordSchema>;

/** A container's network: the request at create, and the state while it runs. */
export const containerRecordSchema = v.object({
  containerId: v.string(),
  /** "bridge", "host", "none", "container:…" or a network's name. */
  mode: v.string(),
  disabled: v.boolean(),
  attachments: v.array(attachmentSchema),
  macAddress: v.string(),
  /** Whether a sysctl of the container turns IPv6 off. */
  withoutIpv6: v.optional(v.boolean()),
  /** "80/tcp" */
  exposed: v.array(v.string()),
  requests: v.array(portRequestSchema),
  publishAll: v.boolean(),
  dns: v.array(v.string()),
  dnsSearch: v.array(v.string()),
  dnsOptions: v.array(v.string()),
  extraHosts: v.array(v.string()),
  /** "ID:alias" */
  links: v.array(v.string()),
  sandbox: v.optional(sandboxRecordSchema),
});
export type ContainerRecord = v.InferOutput<typeof containerRecordSchema>;
