// Docker's client struct of an inspected network.
import { structType } from "../template/struct-type.ts";

const IPAMConfig = structType("network.IPAMConfig", "Subnet IPRange Gateway AuxAddress=AuxiliaryAddresses:map[]");
const IPAM = structType("network.IPAM", "Driver Options:map[] Config:[]IPAMConfig", { IPAMConfig });
const ConfigReference = structType("network.ConfigReference", "Network");
const EndpointResource = structType("network.EndpointResource", "Name EndpointID MacAddress IPv4Address IPv6Address");

export const networkType = structType(
  "network.Inspect",
  `Name ID=Id Created:time Scope Driver EnableIPv4:bool EnableIPv6:bool IPAM:IPAM Internal:bool Attachable:bool
  Ingress:bool ConfigFrom:ConfigReference ConfigOnly:bool Containers:map[]EndpointResource Options:map[] Labels:map[]
  Peers:[]any Services:map[]any`,
  { IPAM, ConfigReference, EndpointResource },
);
