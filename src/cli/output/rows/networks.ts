// Rows of network lists.
import type { NetworkInspect } from "../../../api/networks.ts";
import type { ListFormat } from "../list-format.ts";
import { goTimeOfTimestamp, shortId } from "../units.ts";
import { labelList } from "./containers.ts";

const headers = {
  ID: "NETWORK ID",
  Name: "NAME",
  Driver: "DRIVER",
  Scope: "SCOPE",
  IPv4: "IPV4",
  IPv6: "IPV6",
  Internal: "INTERNAL",
  Labels: "LABELS",
  CreatedAt: "CREATED AT",
};

const raw = "network_id: {{.ID}}\nname: {{.Name}}\ndriver: {{.Driver}}\nscope: {{.Scope}}\n";

export function networkList(options: { short: boolean }): ListFormat<NetworkInspect> {
  return {
    typeName: "*network.networkContext",
    columns: ["ID", "Name", "Driver", "Scope"],
    headers,
    raw,
    rawQuiet: "network_id: {{.ID}}",
    quiet: "ID",
    row: (network) => ({
      ID: () => (options.short ? shortId(network.Id) : network.Id),
      Name: () => network.Name,
      Driver: () => network.Driver,
      Scope: () => network.Scope,
      IPv4: () => String(network.EnableIPv4 ?? false),
      IPv6: () => String(network.EnableIPv6),
      Internal: () => String(network.Internal),
      Labels: () => labelList(network.Labels),
      Label: (name) => network.Labels?.[String(name)] ?? "",
      CreatedAt: () => goTimeOfTimestamp(network.Created),
    }),
  };
}
