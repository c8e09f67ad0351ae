// `berth network connect`: connects a container to a network, running or not.

import type { EndpointRequest } from "../../../api/container-networks.ts";
import { splitPair } from "../../../api/pairs.ts";
import { command, exactly } from "../../command.ts";
import { checkLink } from "../../container-spec/checks.ts";
import { CommandError } from "../../failure.ts";
import { integer, list, strings, text } from "../../flags/kinds.ts";

function driverOptions(given: readonly string[]): Record<string, string> {
  const options: Record<string, string> = {};
  for (const pair of given) {
    const [name, value] = splitPair(pair);
    if (name === "" || value === undefined) {
      throw new CommandError("invalid key/value pair format in driver options");
    }
    options[name] = value;
  }
  return options;
}

export const connect = command({
  usage: "[OPTIONS] NETWORK CONTAINER",
  arity: exactly(2),
  complete: ["networks", "containers"],
  flags: {
    alias: strings("Add network-scoped alias for the container"),
    "driver-opt": strings("driver options for the network"),
    "gw-priority": integer("Highest gw-priority provides the default gateway. Accepts positive and negative values.", {
      since: "1.48",
    }),
    ip: text('IPv4 address (e.g., "172.30.100.104")'),
    ip6: text('IPv6 address (e.g., "2001:db8::33")'),
    link: list("Add link to another container", { check: checkLink, complete: "containers" }),
    "link-local-ip": strings("Add a link-local address for the container"),
  },
  async run({ session, flags, args }) {
    const [network = "", container = ""] = args;
    const EndpointConfig: EndpointRequest = {
      IPAMConfig: {
        IPv4Address: flags.ip || undefined,
        IPv6Address: flags.ip6 || undefined,
        LinkLocalIPs: flags["link-local-ip"].length > 0 ? [...flags["link-local-ip"]] : undefined,
      },
      Links: [...flags.link],
      Aliases: [...flags.alias],
      DriverOpts: driverOptions(flags["driver-opt"]),
      GwPriority: flags["gw-priority"],
    };
    const berth = await session.berth();
    await berth.networks.connect(network, { Container: container, EndpointConfig });
  },
});
