// The engine as a whole: ping, version, info, disk usage.
import { BerthError } from "../../api/errors.ts";
import type { InfoAnswer } from "../../api/system.ts";
import { dockerDiskUsage } from "../../docker/disk-usage.ts";
import { dockerInfo, dockerVersion } from "../../docker/system.ts";
import { type DiskUsagePart, findingLine, type System } from "../../engine/index.ts";
import { json, type Reply, type Route } from "../exchange.ts";
import { formatApiVersion, LATEST_API_VERSION, OLDEST_API_VERSION } from "../versions.ts";
import { diskUsageAnswerFor, infoAnswerFor } from "./system-versions.ts";

/** The minor API version that added `type`. */
const PARTS_SINCE = 42;

const diskUsageParts: readonly DiskUsagePart[] = ["container", "image", "volume", "build-cache"];

function ping(body: string): Reply {
  return {
    type: "text",
    status: 200,
    contentType: "text/plain; charset=utf-8",
    body,
    headers: {
      // Clients without buildx build by BuildKit's protocol then.
      "Builder-Version": "2",
      "Cache-Control": "no-cache, no-store, must-revalidate",
      Pragma: "no-cache",
      Swarm: "inactive",
    },
  };
}

export function systemRoutes({ system }: { system: System }): Route[] {
  return [
    { method: "GET", pattern: "/_ping", handler: () => ping("OK") },
    { method: "HEAD", pattern: "/_ping", handler: () => ping("") },
    {
      method: "GET",
      pattern: "/version",
      handler: async () => {
        const versions = {
          newest: formatApiVersion(LATEST_API_VERSION),
          oldest: formatApiVersion(OLDEST_API_VERSION),
        };
        return json(dockerVersion(await system.programs(), system.info().host.architecture, versions));
      },
    },
    { method: "GET", pattern: "/info", handler: ({ version }) => json(infoAnswerFor(version, infoOf(system))) },
    {
      method: "GET",
      pattern: "/system/df",
      handler: async ({ query, version }) => {
        const parts = version.minor < PARTS_SINCE ? [] : query.getAll("type").map(diskUsagePart);
        return json(diskUsageAnswerFor(version, dockerDiskUsage(await system.diskUsage(parts))));
      },
    },
  ];
}

function infoOf(system: System): InfoAnswer {
  const info = system.info();
  return dockerInfo(info, info.findings.map(findingLine));
}

function diskUsagePart(name: string): DiskUsagePart {
  const part = diskUsageParts.find((known) => known === name);
  if (part === undefined) throw new BerthError("invalidParameter", `unknown object type: ${name}`);
  return part;
}
