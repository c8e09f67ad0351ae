// The streams of containers and execs: attach, logs, exec, resize.
import * as v from "valibot";
import { BerthError, messageOf } from "../../api/errors.ts";
import { createExecSchema, startExecSchema } from "../../api/exec.ts";
import { encodeFrame, STDOUT } from "../../api/streams.ts";
import { parseTimestamp, parseUnixTime } from "../../api/time.ts";
import type { Container } from "../../engine/containers/container.ts";
import type { ExecInstance } from "../../engine/containers/exec/exec-instance.ts";
import { parseDetachKeys } from "../../engine/containers/streams/detach-keys.ts";
import type { StdioClient } from "../../engine/containers/streams/stdio.ts";
import type { Engine } from "../../engine/engine.ts";
import { type Exchange, empty, json, queryFlag, type Reply, type Route } from "../exchange.ts";
import { joinStreams, streamContentType } from "./streams.ts";

async function attach({ containers, events }: Engine, { params, query, version }: Exchange): Promise<Reply> {
  const container = containers.get(params.id ?? "");
  const detachKeys = parseDetachKeys(query.get("detachKeys") ?? "");
  const { status } = container.state.life;
  if (status === "paused") {
    throw new BerthError("conflict", `container ${container.id} is paused, unpause the container before attach`);
  }
  if (status === "restarting") {
    throw new BerthError("conflict", `container ${container.id} is restarting, wait until the container is running`);
  }
  const wishes = { stdout: queryFlag(query, "stdout"), stderr: queryFlag(query, "stderr") };
  const terminal = container.spec.config.Tty ?? false;
  const logs = queryFlag(query, "logs")
    ? containers.logs(container, { ...wishes, follow: false, timestamps: false })
    : undefined;
  const announce = (action: string) => events.publish("container", action, container.id, container.eventAttributes());
  announce("attach");
  return {
    type: "hijack",
    contentType: streamContentType(terminal, version),
    async run(connection) {
      for await (const chunk of logs ?? []) await connection.write(chunk);
      if (!queryFlag(query, "stream")) {
        connection.end();
        return;
      }
      const client: StdioClient = await container.stdio.attach(
        terminal ? { ...wishes, stderr: wishes.stdout } : wishes,
      );
      await joinStreams(connection, container.stdio, {
        client,
        stdin: queryFlag(query, "stdin") && (container.spec.config.OpenStdin ?? false),
        ...(terminal ? { detachKeys } : {}),
        onDetach: () => announce("detach"),
      });
    },
  };
}

/** A time of the query: seconds since 1970, or RFC 3339. */
function queryTime(query: URLSearchParams, name: string): bigint | undefined {
  const text = query.get(name);
  if (!text || text === "0") return undefined;
  const time = parseUnixTime(text) ?? parseTimestamp(text);
  if (time === undefined) throw new BerthError("invalidParameter", `invalid value for "${name}": "${text}"`);
  return time;
}

function logs({ containers }: Engine, { params, query, version }: Exchange): Reply {
  const container = containers.get(params.id ?? "");
  const stdout = queryFlag(query, "stdout");
  const stderr = queryFlag(query, "stderr");
  if (!stdout && !stderr) {
    throw new BerthError("invalidParameter", "Bad parameters: you must choose at least one stream");
  }
  const tail = query.get("tail") ?? "";
  const terminal = container.spec.config.Tty ?? false;
  const body = containers.logs(container, {
    stdout,
    stderr,
    follow: queryFlag(query, "follow"),
    timestamps: queryFlag(query, "timestamps"),
    since: queryTime(query, "since"),
    until: queryTime(query, "until"),
    ...(/^\d+$/.test(tail) ? { tail: Number(tail) } : {}),
    ...(queryFlag(query, "details") ? { details: detailsOf(container) } : {}),
  });
  return { type: "stream", status: 200, contentType: streamContentType(terminal, version), body };
}

/** The labels and variables that `--log-opt labels=…` and `env=…` name, as `logs --details` shows them. */
function detailsOf({ spec }: Container): string {
  const options = spec.hostConfig.LogConfig?.Config ?? {};
  const names = (option: string): string[] => (options[option] ?? "").split(",").filter((name) => name !== "");
  const environment = new Map((spec.config.Env ?? []).map((entry) => [entry.split("=", 1)[0] ?? "", entry]));
  const labels = names("labels").flatMap((name) => {
    const value = spec.config.Labels?.[name];
    return value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`];
  });
  return [...labels, ...names("env").flatMap((name) => environment.get(name) ?? [])].sort().join(",");
}

async function startExec({ containers }: Engine, exchange: Exchange): Promise<Reply> {
  const { execs } = containers;
  const exec = execs.get(exchange.params.id ?? "");
  const request = await exchange.json(startExecSchema);
  execs.checkStartable(exec);
  const consoleSize = request.ConsoleSize ?? exec.request.ConsoleSize;
  if (request.Detach) {
    await execs.start(exec, consoleSize);
    return empty(200);
  }
  const terminal = exec.request.Tty ?? false;
  return {
    type: "hijack",
    contentType: streamContentType(terminal, exchange.version),
    async run(connection) {
      const client = await exec.stdio.attach(execWishes(exec));
      try {
        await execs.start(exec, consoleSize);
      } catch (thrown) {
        // The answer's head is out: what went wrong can only be said in the stream.
        const message = Buffer.from(`${messageOf(thrown)}\r\n`);
        await connection.write(terminal ? message : encodeFrame(STDOUT, message));
        client.detach();
        connection.end();
        return;
      }
      await joinStreams(connection, exec.stdio, {
        client,
        stdin: exec.request.AttachStdin ?? false,
        ...(terminal ? { detachKeys: parseDetachKeys(exec.request.DetachKeys ?? "") } : {}),
        onDetach: () => {},
      });
    },
  };
}

function execWishes({ request }: ExecInstance): { stdout: boolean; stderr: boolean } {
  return { stdout: request.AttachStdout ?? false, stderr: request.AttachStderr ?? false };
}

const sizeSchema = v.pipe(v.string(), v.regex(/^\d{1,5}$/), v.transform(Number));

/** Rows and columns of the query. @throws BerthError invalidParameter */
function sizeOf(query: URLSearchParams): { height: number; width: number } {
  const height = v.safeParse(sizeSchema, query.get("h"));
  const width = v.safeParse(sizeSchema, query.get("w"));
  if (height.success && width.success) return { height: height.output, width: width.output };
  throw new BerthError("invalidParameter", `invalid resize height or width: "${query.get("h")}" x "${query.get("w")}"`);
}

export function containerStreamRoutes(engine: Engine): Route[] {
  const { containers } = engine;
  return [
    { method: "POST", pattern: "/containers/{id}/attach", handler: (exchange) => attach(engine, exchange) },
    { method: "GET", pattern: "/containers/{id}/logs", handler: (exchange) => logs(engine, exchange) },
    {
      method: "POST",
      pattern: "/containers/{id}/resize",
      handler: ({ params, query }) => {
        const { height, width } = sizeOf(query);
        containers.resize(containers.get(params.id ?? ""), height, width);
        return empty(200);
      },
    },
    {
      method: "POST",
      pattern: "/containers/{id}/exec",
      handler: async (exchange) => {
        const container = containers.get(exchange.params.id ?? "");
        return json({ Id: containers.execs.create(container, await exchange.json(createExecSchema)).id }, 201);
      },
    },
    { method: "POST", pattern: "/exec/{id}/start", handler: (exchange) => startExec(engine, exchange) },
    {
      method: "POST",
      pattern: "/exec/{id}/resize",
      handler: ({ params, query }) => {
        const { height, width } = sizeOf(query);
        containers.execs.resize(containers.execs.get(params.id ?? ""), height, width);
        return empty(200);
      },
    },
    {
      method: "GET",
      pattern: "/exec/{id}/json",
      handler: ({ params }) => json(containers.execs.get(params.id ?? "").inspect()),
    },
  ];
}
