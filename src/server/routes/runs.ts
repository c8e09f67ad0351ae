// Berth's own routes that create, attach, start and wait in one request (api/runs.ts).
import { BerthError } from "../../api/errors.ts";
import { createExecSchema } from "../../api/exec.ts";
import { runConditions } from "../../api/runs.ts";
import { MULTIPLEXED_STREAM } from "../../api/streams.ts";
import type { ClientConnection, Engine } from "../../engine/index.ts";
import type { Exchange, Reply, Route } from "../exchange.ts";
import { attachRequestOf } from "./attach.ts";
import { creationOf } from "./containers.ts";

const stream = (run: (connection: ClientConnection) => Promise<void>): Reply => ({
  type: "hijack",
  contentType: MULTIPLEXED_STREAM,
  run,
});

async function run({ containers }: Engine, exchange: Exchange): Promise<Reply> {
  const asked = exchange.query.get("until") ?? "next-exit";
  const until = runConditions.find((known) => known === asked);
  if (until === undefined) throw new BerthError("invalidParameter", `invalid condition: "${asked}"`);
  const { request, options, warnings } = await creationOf(exchange);
  return stream(containers.run(request, options, { until, warnings, attach: attachRequestOf(exchange) }));
}

async function exec({ containers }: Engine, exchange: Exchange): Promise<Reply> {
  const request = await exchange.json(createExecSchema);
  return stream(containers.execs.run(exchange.params.id ?? "", request));
}

export function runRoutes(engine: Engine): Route[] {
  return [
    { method: "POST", pattern: "/berth/run", handler: (exchange) => run(engine, exchange) },
    { method: "POST", pattern: "/berth/containers/{id:*}/exec", handler: (exchange) => exec(engine, exchange) },
  ];
}
