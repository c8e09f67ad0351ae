// `POST /commit`: an image of a container.
import { containerConfigSchema } from "../../api/containers.ts";
import { BerthError } from "../../api/errors.ts";
import { parseReference, withDefaultTag } from "../../api/references.ts";
import { type CommitParts, commitContainer } from "../../engine/commit.ts";
import { type Exchange, json, queryFlag, type Reply, type Route } from "../exchange.ts";

export function commitRoutes(parts: CommitParts): Route[] {
  return [{ method: "POST", pattern: "/commit", handler: (exchange) => commitReply(parts, exchange) }];
}

async function commitReply(parts: CommitParts, exchange: Exchange): Promise<Reply> {
  const { query } = exchange;
  const repository = query.get("repo") ?? "";
  const tag = query.get("tag") ?? "";
  const reference = repository === "" ? undefined : parseReference(tag === "" ? repository : `${repository}:${tag}`);
  if (reference?.digest !== undefined) {
    throw new BerthError("invalidParameter", "refusing to create a tag with a digest reference");
  }
  const id = await commitContainer(parts, {
    container: query.get("container") ?? "",
    reference: reference && withDefaultTag(reference),
    author: query.get("author") ?? "",
    comment: query.get("comment") ?? "",
    changes: query.getAll("changes"),
    pauses: queryFlag(query, "pause", true),
    config: await exchange.json(containerConfigSchema),
  });
  return json({ Id: id }, 201);
}
