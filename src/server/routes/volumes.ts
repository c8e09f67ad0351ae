// Volumes.
import { parseFilters } from "../../api/filters.ts";
import { createVolumeSchema, type ListVolumesAnswer, type PruneVolumesAnswer } from "../../api/volumes.ts";
import { dockerVolume, volumeCreationOf } from "../../docker/volumes.ts";
import type { Engine } from "../../engine/index.ts";
import { type Exchange, empty, json, queryFlag, type Route } from "../exchange.ts";
import { pruneReply } from "./prunes.ts";

/** Before API 1.42 a prune removed named volumes too. */
function prunesNamed({ version }: Exchange): boolean {
  return version.major === 1 && version.minor < 42;
}

export function volumeRoutes({ volumes }: Engine): Route[] {
  return [
    {
      method: "GET",
      pattern: "/volumes",
      handler: ({ query }) => {
        const found = volumes.list(parseFilters(query.get("filters")));
        const answer: ListVolumesAnswer = { Volumes: found.map(dockerVolume), Warnings: null };
        return json(answer);
      },
    },
    {
      method: "POST",
      pattern: "/volumes/create",
      handler: async (exchange) => {
        const request = volumeCreationOf(await exchange.json(createVolumeSchema));
        return json(dockerVolume(volumes.create(request)), 201);
      },
    },
    {
      method: "POST",
      pattern: "/volumes/prune",
      handler: (exchange) => {
        const filters = parseFilters(exchange.query.get("filters"));
        const wanted = prunesNamed(exchange) ? new Map([...filters, ["all", ["true"]]]) : filters;
        return pruneReply(
          volumes.pruner,
          wanted,
          exchange.query,
          ({ removed, reclaimed }): PruneVolumesAnswer => ({ VolumesDeleted: removed, SpaceReclaimed: reclaimed }),
        );
      },
    },
    {
      method: "GET",
      pattern: "/volumes/{name:*}",
      handler: ({ params }) => json(dockerVolume(volumes.inspect(params.name ?? ""))),
    },
    {
      method: "DELETE",
      pattern: "/volumes/{name:*}",
      handler: async ({ params, query }) => {
        await volumes.remove(params.name ?? "", queryFlag(query, "force"));
        return empty();
      },
    },
  ];
}
