// Volumes.
import { createVolumeSchema } from "../../api/volumes.ts";
import type { Engine } from "../../engine/engine.ts";
import { Filters } from "../../engine/filters.ts";
import { LIST_FILTERS, PRUNE_FILTERS } from "../../engine/volumes/volumes.ts";
import { type Exchange, empty, json, queryFlag, type Route, refuseDryRun } from "../exchange.ts";

/** Before API 1.42 a prune took named volumes too. */
function prunesNamed({ version }: Exchange): boolean {
  return version.major === 1 && version.minor < 42;
}

export function volumeRoutes({ volumes }: Engine): Route[] {
  return [
    {
      method: "GET",
      pattern: "/volumes",
      handler: ({ query }) => json(volumes.list(Filters.parse(query.get("filters"), LIST_FILTERS))),
    },
    {
      method: "POST",
      pattern: "/volumes/create",
      handler: async (exchange) => json(volumes.create(await exchange.json(createVolumeSchema)), 201),
    },
    {
      method: "POST",
      pattern: "/volumes/prune",
      handler: async (exchange) => {
        refuseDryRun(exchange.query);
        const filters = Filters.parse(exchange.query.get("filters"), PRUNE_FILTERS);
        return json(await volumes.prune(filters, prunesNamed(exchange)));
      },
    },
    {
      method: "GET",
      pattern: "/volumes/{name}",
      handler: ({ params }) => json(volumes.inspect(params.name ?? "")),
    },
    {
      method: "DELETE",
      pattern: "/volumes/{name}",
      handler: async ({ params, query }) => {
        await volumes.remove(params.name ?? "", queryFlag(query, "force"));
        return empty();
      },
    },
  ];
}
