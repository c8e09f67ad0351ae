// `berth network create`
import type { CreateNetworkRequest } from "../../../api/networks.ts";
import { command, exactly } from "../../command.ts";
import { checkLabel } from "../../container-spec/checks.ts";
import { readLabels } from "../../container-spec/environment.ts";
import { list, map, strings, text, toggle } from "../../flags/kinds.ts";
import { planPools } from "../../network-pools.ts";

export const create = command({
  usage: "[OPTIONS] NETWORK",
  arity: exactly(1),
  flags: {
    attachable: toggle("Enable manual container attachment"),
    "aux-address": map("Auxiliary IPv4 or IPv6 addresses used by Network driver"),
    "config-from": text("The network from which to copy the configuration", { complete: "networks" }),
    "config-only": toggle("Create a configuration only network"),
    driver: text("Driver to manage the Network", { short: "d", initial: "bridge" }),
    gateway: strings("IPv4 or IPv6 Gateway for the master subnet"),
    ingress: toggle("Create swarm routing-mesh network"),
    internal: toggle("Restrict external access to the network"),
    "ip-range": strings("Allocate container ip from a sub-range"),
    "ipam-driver": text("IP Address Management Driver", { initial: "default" }),
    "ipam-opt": map("Set IPAM driver specific options"),
    ipv4: toggle("Enable or disable IPv4 address assignment", { initial: true }),
    ipv6: toggle("Enable or disable IPv6 address assignment"),
    label: list("Set metadata on a network", { check: checkLabel }),
    opt: map("Set driver specific options", { short: "o" }),
    scope: text("Control the network's scope"),
    subnet: strings("Subnet in CIDR format that represents a network segment"),
  },
  examples: [["network create --subnet 10.5.0.0/24 shop", "A network with a chosen range of addresses"]],
  async run({ session, flags, given, args }) {
    const [name = ""] = args;
    const request: CreateNetworkRequest = {
      Name: name,
      Driver: flags.driver,
      Scope: flags.scope || undefined,
      Internal: flags.internal,
      Attachable: flags.attachable,
      Ingress: flags.ingress,
      ConfigOnly: flags["config-only"],
      ConfigFrom: flags["config-from"] === "" ? undefined : { Network: flags["config-from"] },
      IPAM: {
        Driver: flags["ipam-driver"],
        Options: { ...flags["ipam-opt"] },
        Config: planPools({
          subnets: flags.subnet,
          ranges: flags["ip-range"],
          gateways: flags.gateway,
          auxiliary: flags["aux-address"],
        }),
      },
      EnableIPv4: given.has("ipv4") ? flags.ipv4 : undefined,
      EnableIPv6: given.has("ipv6") ? flags.ipv6 : undefined,
      Options: { ...flags.opt },
      Labels: readLabels([], flags.label),
    };
    const berth = await session.berth();
    const { Id, Warning } = await berth.networks.create(request);
    if (Warning) await session.stderr.line(`WARNING: ${Warning}`);
    await session.stdout.line(Id);
  },
});
