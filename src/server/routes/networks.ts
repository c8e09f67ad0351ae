// Networks.

import { BerthError } from "../../api/errors.ts";
import { parseFilters } from "../../api/filters.ts";
import {
  type CreateNetworkAnswer,
  connectNetworkSchema,
  createNetworkSchema,
  disconnectNetworkSchema,
  type PruneNetworksAnswer,
} from "../../api/networks.ts";
import { endpointRequestOf } from "../../docker/endpoints.ts";
import { dockerNetwork, dockerNetworkSummary, networkRequestOf } from "../../docker/networks.ts";
import type { Networks } from "../../engine/index.ts";
import { empty, json, type Route } from "../exchange.ts";
import { orNull, pruneReply } from "./prunes.ts";

/** Before API 1.28 the list included the containers of each network. */
const CONTAINERS_IN_LIST_UNTIL = 28;
const ENABLE_IPV4_SINCE = 48;

export function networkRoutes({ networks }: { networks: Networks }): Route[] {
  const list: Route["handler"] = ({ query, version }) =>
    json(
      networks
        .list(parseFilters(query.get("filters")))
        .map((network) =>
          version.minor < CONTAINERS_IN_LIST_UNTIL
            ? dockerNetwork(networks.inspect(network.id))
            : dockerNetworkSummary(network),
        ),
    );
  return [
    { method: "GET", pattern: "/networks", handler: list },
    { method: "GET", pattern: "/networks/", handler: list },
    {
      method: "POST",
      pattern: "/networks/create",
      handler: async (exchange) => {
        const { EnableIPv4, ...request } = await exchange.json(createNetworkSchema);
        const hasChoice = exchange.version.minor >= ENABLE_IPV4_SINCE && EnableIPv4 !== undefined;
        const asked = networkRequestOf(hasChoice ? { ...request, EnableIPv4 } : request);
        const { id, warning } = networks.create(asked);
        const answer: CreateNetworkAnswer = { Id: id, Warning: warning };
        return json(answer, 201);
      },
    },
    {
      method: "POST",
      pattern: "/networks/prune",
      handler: ({ query }) =>
        pruneReply(
          networks.pruner,
          parseFilters(query.get("filters")),
          query,
          ({ removed }): PruneNetworksAnswer => ({ NetworksDeleted: orNull(removed) }),
        ),
    },
    {
      method: "GET",
      pattern: "/networks/{id:*}",
      handler: ({ params: { id = "" }, query }) => {
        const scope = query.get("scope") ?? "";
        if (!["", "local"].includes(scope)) throw new BerthError("notFound", `network ${id} not found`);
        return json(dockerNetwork(networks.inspect(id)));
      },
    },
    {
      method: "DELETE",
      pattern: "/networks/{id:*}",
      handler: ({ params: { id = "" } }) => {
        networks.remove(id);
        return empty();
      },
    },
    {
      method: "POST",
      pattern: "/networks/{id:*}/connect",
      handler: async (exchange) => {
        const { Container, EndpointConfig } = await exchange.json(connectNetworkSchema);
        await networks.connect(exchange.params.id ?? "", Container, endpointRequestOf(EndpointConfig ?? {}));
        return empty(200);
      },
    },
    {
      method: "POST",
      pattern: "/networks/{id:*}/disconnect",
      handler: async (exchange) => {
        const { Container, Force } = await exchange.json(disconnectNetworkSchema);
        await networks.disconnect(exchange.params.id ?? "", Container, Force);
        return empty(200);
      },
    },
  ];
}
