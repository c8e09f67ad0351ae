// The routes of networks.

import { BerthError } from "../../api/errors.ts";
import {
  type CreateNetworkAnswer,
  connectNetworkSchema,
  createNetworkSchema,
  disconnectNetworkSchema,
} from "../../api/networks.ts";
import { Filters } from "../../engine/filters.ts";
import { listFilterKeys } from "../../engine/networks/inspection.ts";
import type { Networks } from "../../engine/networks/networks.ts";
import { pruneFilterKeys } from "../../engine/prune-filters.ts";
import { empty, json, type Route } from "../exchange.ts";
import { pruneReply } from "./prunes.ts";

export function networkRoutes({ networks }: { networks: Networks }): Route[] {
  return [
    {
      method: "GET",
      pattern: "/networks",
      handler: ({ query }) => json(networks.list(Filters.parse(query.get("filters"), listFilterKeys))),
    },
    {
      method: "POST",
      pattern: "/networks/create",
      handler: async (exchange) => {
        const answer: CreateNetworkAnswer = networks.create(await exchange.json(createNetworkSchema));
        return json(answer, 201);
      },
    },
    {
      method: "POST",
      pattern: "/networks/prune",
      handler: ({ query }) => pruneReply(networks.pruner, Filters.parse(query.get("filters"), pruneFilterKeys), query),
    },
    {
      method: "GET",
      pattern: "/networks/{id}",
      handler: ({ params: { id = "" }, query }) => {
        const scope = query.get("scope") ?? "";
        if (!["", "local"].includes(scope)) throw new BerthError("notFound", `network ${id} not found`);
        return json(networks.inspect(id));
      },
    },
    {
      method: "DELETE",
      pattern: "/networks/{id}",
      handler: ({ params: { id = "" } }) => {
        networks.remove(id);
        return empty();
      },
    },
    {
      method: "POST",
      pattern: "/networks/{id}/connect",
      handler: async (exchange) => {
        const { Container, EndpointConfig } = await exchange.json(connectNetworkSchema);
        await networks.connect(exchange.params.id ?? "", Container, EndpointConfig ?? {});
        return empty(200);
      },
    },
    {
      method: "POST",
      pattern: "/networks/{id}/disconnect",
      handler: async (exchange) => {
        const { Container, Force } = await exchange.json(disconnectNetworkSchema);
        await networks.disconnect(exchange.params.id ?? "", Container, Force);
        return empty(200);
      },
    },
  ];
}
