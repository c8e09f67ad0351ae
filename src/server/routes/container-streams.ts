// The streams of containers and execs but for attach: logs, exec, resize.
import { BerthError, messageOf } from "../../api/errors.ts";
import { createExecSchema, startExecSchema } from "../../api/exec.ts";
import { encodeFrame, STDOUT } from "../../api/streams.ts";
import { parseTimestamp, parseUnixTime } from "../../api/time.ts";
import type { ExecInstance } from "../../engine/containers/exec/exec-instance.ts";
import { logDetails } from "../../engine/containers/logs/details.ts";
import { readDetachKeys } from "../../engine/containers/streams/detach-keys.ts";
import type { AttachOptions } from "../../engine/containers/streams/stdio.ts";
import type { Engine } from "../../engine/engine.ts";
import { type Exchange, empty, json, queryFlag, type Reply, type Route } from "../exchange.ts";
import { execRequestOf } from "./container-versions.ts";
import { joinStreams, streamContentType } from "./streams.ts";

/** A time of the query: seconds since 1970, or RFC 3339. */
function queryTime(query: URLSearchParams, name: string): bigint | undefined {
  const text = query.get(name);
  if (!text || text === "0") return undefined;
  const time = parseUnixTime(text) ?? parseTimestamp(text);
  if (time === undefined) throw new BerthError("invalidParameter", `invalid value for "${name}": "${text}"`);
  return time;
}

function logs({ containers }: Engine, { params, query, version, signal }: Exchange): Reply {
  const stdout = queryFlag(query, "stdout");
  const stderr = queryFlag(query, "stderr");
  if (!stdout && !stderr) {
    throw new BerthError("invalidParameter", "Bad parameters: you must choose at least one stream");
  }
  const container = containers.get(params.id ?? "");
  const tail = query.get("tail") ?? "";
  const terminal = container.spec.config.Tty ?? false;
  const wanted = {
    stdout,
    stderr,
    follow: queryFlag(query, "follow"),
    timestamps: queryFlag(query, "timestamps"),
    since: queryTime(query, "since"),
    until: queryTime(query, "until"),
    ...(/^\d+$/.test(tail) ? { tail: Number(tail) } : {}),
    ...(queryFlag(query, "details") ? { details: logDetails(container.spec) } : {}),
  };
  const body = containers.logs(container, wanted, signal);
  return { type: "stream", status: 200, contentType: streamContentType(terminal, version), body };
}

async function startExec({ containers }: Engine, exchange: Exchange): Promise<Reply> {
  const { execs } = containers;
  const request = await exchange.json(startExecSchema);
  const exec = execs.get(exchange.params.id ?? "");
  execs.checkStartable(exec);
  // Docker takes a size only with a terminal, and since API 1.42.
  const size = request.Tty && exchange.version.minor >= 42 ? request.ConsoleSize : undefined;
  const consoleSize = size ?? exec.request.ConsoleSize;
  if (request.Detach) {
    await execs.start(exec, consoleSize);
    return empty(200);
  }
  // As in Docker, whether the stream is framed is for this request to say, not for the exec's own terminal.
  const framed = !request.Tty;
  return {
    type: "hijack",
    contentType: streamContentType(!framed, exchange.version),
    async run(connection) {
      const client = await exec.stdio.attach(execStreams(exec, framed));
      try {
        await execs.start(exec, consoleSize);
      } catch (thrown) {
        // The head of the response is sent: the stream is the only place left for the error.
        const message = Buffer.from(`${messageOf(thrown)}\r\n`);
        await connection.write(framed ? encodeFrame(STDOUT, message) : message);
        client.detach();
        connection.end();
        return;
      }
      const end = await joinStreams(connection, exec.stdio, {
        client,
        stdin: exec.request.AttachStdin ?? false,
        ...(exec.request.Tty ? { detachKeys: readDetachKeys(exec.request.DetachKeys ?? "") } : {}),
      });
      if (end === "detached") execs.announceDetach(exec);
    },
  };
}

/** Without frames stderr could not be told from stdout: Docker leaves it out. */
function execStreams({ request }: ExecInstance, framed: boolean): AttachOptions {
  return { stdout: request.AttachStdout ?? false, stderr: framed && (request.AttachStderr ?? false), framed };
}

const LARGEST_SIZE = 2 ** 32 - 1;

/** Rows and columns of the query. @throws BerthError invalidParameter */
function sizeOf(query: URLSearchParams): { height: number; width: number } {
  const read = (name: string, what: string): number => {
    const text = query.get(name) ?? "";
    const size = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (size <= LARGEST_SIZE) return size;
    throw new BerthError("invalidParameter", `invalid resize ${what} "${text}": invalid syntax`);
  };
  return { height: read("h", "height"), width: read("w", "width") };
}

export function containerStreamRoutes(engine: Engine): Route[] {
  const { containers } = engine;
  return [
    { method: "GET", pattern: "/containers/{id:*}/logs", handler: (exchange) => logs(engine, exchange) },
    {
      method: "POST",
      pattern: "/containers/{id:*}/resize",
      handler: async ({ params, query }) => {
        const { height, width } = sizeOf(query);
        await containers.resize(containers.get(params.id ?? ""), height, width);
        return empty(200);
      },
    },
    {
      method: "POST",
      pattern: "/containers/{id:*}/exec",
      handler: async (exchange) => {
        const request = execRequestOf(exchange.version, await exchange.json(createExecSchema));
        if (!request.Cmd?.length) throw new BerthError("invalidParameter", "No exec command specified");
        const reference = exchange.params.id ?? "";
        return json({ Id: containers.execs.create(containers.get(reference), request, reference).id }, 201);
      },
    },
    { method: "POST", pattern: "/exec/{id:*}/start", handler: (exchange) => startExec(engine, exchange) },
    {
      method: "POST",
      pattern: "/exec/{id:*}/resize",
      handler: async ({ params, query }) => {
        const { height, width } = sizeOf(query);
        await containers.execs.resize(containers.execs.get(params.id ?? ""), height, width);
        return empty(200);
      },
    },
    {
      method: "GET",
      pattern: "/exec/{id:*}/json",
      handler: ({ params }) => json(containers.execs.get(params.id ?? "").inspect()),
    },
  ];
}
