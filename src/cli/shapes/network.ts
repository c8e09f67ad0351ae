// The structure of an inspected network in Docker's client.
import { shapeOf } from "../template/shape.ts";

const IPAMConfig = shapeOf("network.IPAMConfig", "Subnet IPRange Gateway AuxAddress=AuxiliaryAddresses:map[]");
const IPAM = shapeOf("network.IPAM", "Driver Options:map[] Config:[]IPAMConfig", { IPAMConfig });
const ConfigReference = shapeOf("network.ConfigReference", "Network");
const EndpointResource = shapeOf("network.EndpointResource", "Name EndpointID MacAddress IPv4Address IPv6Address");

export const networkShape = shapeOf(
  "network.Inspect",
  `Name ID=Id Created:time Scope Driver EnableIPv4:bool EnableIPv6:bool IPAM:IPAM Internal:bool Attachable:bool
  Ingress:bool ConfigFrom:ConfigReference ConfigOnly:bool Containers:map[]EndpointResource Options:map[] Labels:map[]
  Peers:[]any Services:map[]any`,
  { IPAM, ConfigReference, EndpointResource },
);
