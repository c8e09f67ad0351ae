// `POST /commit`: an image of a container.
import { containerConfigSchema } from "../../api/containers.ts";
import { type CommitParts, commitContainer } from "../../engine/commit.ts";
import { type Exchange, json, queryFlag, type Reply, type Route } from "../exchange.ts";
import { repositoryTag } from "./image-references.ts";

export function commitRoutes(parts: CommitParts): Route[] {
  return [{ method: "POST", pattern: "/commit", handler: (exchange) => commitReply(parts, exchange) }];
}

async function commitReply(parts: CommitParts, exchange: Exchange): Promise<Reply> {
  const { query } = exchange;
  const config = await exchange.json(containerConfigSchema);
  const id = await commitContainer(parts, {
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
