// Berth's own routes that create, attach, start and wait in one request (api/runs.ts).
import { BerthError, messageOf } from "../../api/errors.ts";
import { createExecSchema } from "../../api/exec.ts";
import type { RunReport as Report } from "../../api/runs.ts";
import { encodeFrame, MULTIPLEXED_STREAM, REPORT } from "../../api/streams.ts";
import { runConditions } from "../../api/waiting.ts";
import { execRequestOf } from "../../docker/execs.ts";
import { type Engine, type ReportedConnection, type RunReport, StartError } from "../../engine/index.ts";
import type { Exchange, Reply, Route } from "../exchange.ts";
import { attachRequestOf } from "./attach.ts";
import { creationOf } from "./containers.ts";

/** Reports are frames between those of the output. */
const stream = (run: (connection: ReportedConnection) => Promise<void>): Reply => ({
  type: "hijack",
  contentType: MULTIPLEXED_STREAM,
  run: (connection) =>
    run({
      input: connection.input,
      write: (chunk) => connection.write(chunk),
      end: () => connection.end(),
      closed: connection.closed,
      report: (report) => connection.write(encodeFrame(REPORT, Buffer.from(`${JSON.stringify(reportOf(report))}\n`))),
    }),
});

function reportOf(report: RunReport): Report {
  switch (report.type) {
    case "created":
      return { Created: { Id: report.created.id, Warnings: [...report.created.warnings] } };
    case "ended":
      return { Ended: { StatusCode: report.exitCode } };
    case "failed":
      return { Failed: failureOf(report.reason) };
  }
}

function failureOf(thrown: unknown): { status: number; message: string; exitCode?: number } {
  return {
    status: thrown instanceof BerthError ? thrown.status : 500,
    message: messageOf(thrown),
    ...(thrown instanceof StartError ? { exitCode: thrown.exitCode } : {}),
  };
}

async function run({ containers }: Engine, exchange: Exchange): Promise<Reply> {
  const asked = exchange.query.get("until") ?? "next-exit";
  const until = runConditions.find((known) => known === asked);
  if (until === undefined) throw new BerthError("invalidParameter", `invalid condition: "${asked}"`);
  const { request, options, warnings } = await creationOf(exchange);
  return stream(containers.run(request, options, { until, warnings, attach: attachRequestOf(exchange) }));
}

async function exec({ containers }: Engine, exchange: Exchange): Promise<Reply> {
  const request = execRequestOf(await exchange.json(createExecSchema));
  return stream(containers.execs.run(exchange.params.id ?? "", request));
}

export function runRoutes(engine: Engine): Route[] {
  return [
    { method: "POST", pattern: "/berth/run", handler: (exchange) => run(engine, exchange) },
    { method: "POST", pattern: "/berth/containers/{id:*}/exec", handler: (exchange) => exec(engine, exchange) },
  ];
}
