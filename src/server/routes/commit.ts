// `POST /commit`: creates an image from a container.
import { containerConfigSchema } from "../../api/container-config.ts";
import type { Engine } from "../../engine/index.ts";
import { type Exchange, json, queryFlag, type Reply, type Route } from "../exchange.ts";
import { repositoryTag } from "./image-references.ts";

export function commitRoutes(engine: Engine): Route[] {
  return [{ method: "POST", pattern: "/commit", handler: (exchange) => commitReply(engine, exchange) }];
}

async function commitReply(engine: Engine, exchange: Exchange): Promise<Reply> {
  const { query } = exchange;
  const config = await exchange.json(containerConfigSchema);
  const id = await engine.commit({
    container: query.get("container") ?? "",
    reference: repositoryTag(query),
    author: query.get("author") ?? "",
    comment: query.get("comment") ?? "",
    changes: query.getAll("changes"),
    pauses: queryFlag(query, "pause", true),
    config,
  });
  return json({ Id: id }, 201);
}
