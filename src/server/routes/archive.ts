// Files of containers as archives: `cp` in both directions, and `export`.

import { BerthError } from "../../api/errors.ts";
import { dockerPathStat } from "../../docker/files.ts";
import type { Engine, PathStat } from "../../engine/index.ts";
import { type Exchange, empty, queryFlag, type Route } from "../exchange.ts";

const PATTERN = "/containers/{id:*}/archive";

function pathOf({ query }: Exchange): string {
  const path = query.get("path") ?? "";
  if (path === "") throw new BerthError("invalidParameter", "bad parameter: path cannot be empty");
  if (path.includes("\0")) throw new BerthError("invalidParameter", "bad parameter: path cannot hold a NUL byte");
  return path;
}

function statHeader(stat: PathStat): Record<string, string> {
  return { "X-Docker-Container-Path-Stat": Buffer.from(JSON.stringify(dockerPathStat(stat))).toString("base64") };
}

export function archiveRoutes({ containers }: Engine): Route[] {
  const referenceOf = ({ params }: Exchange): string => params.id ?? "";
  return [
    {
      method: "HEAD",
      pattern: PATTERN,
      handler: async (exchange) => {
        const path = pathOf(exchange);
        const stat = await containers.statPath(referenceOf(exchange), path);
        return { type: "empty", status: 200, headers: statHeader(stat) };
      },
    },
    {
      method: "GET",
      pattern: PATTERN,
      handler: async (exchange) => {
        const path = pathOf(exchange);
        const { stat, archive } = await containers.readArchive(referenceOf(exchange), path);
        const contentType = "application/x-tar";
        return { type: "stream", status: 200, contentType, body: archive, headers: statHeader(stat) };
      },
    },
    {
      method: "PUT",
      pattern: PATTERN,
      handler: async (exchange) => {
        const request = {
          path: pathOf(exchange),
          keepKinds: queryFlag(exchange.query, "noOverwriteDirNonDir"),
          ownedByUser: queryFlag(exchange.query, "copyUIDGID"),
        };
        await containers.writeArchive(referenceOf(exchange), request, exchange.body);
        return empty(200);
      },
    },
    {
      method: "GET",
      pattern: "/containers/{id:*}/export",
      handler: async (exchange) => {
        const body = await containers.export(referenceOf(exchange));
        return { type: "stream", status: 200, contentType: "application/octet-stream", body };
      },
    },
  ];
}
