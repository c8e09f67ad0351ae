// `attach`: a client joins the streams of a container, over a raw connection or a WebSocket.
import { BerthError } from "../../api/errors.ts";
import { RAW_STREAM } from "../../api/streams.ts";
import type { Container } from "../../engine/containers/container.ts";
import { readDetachKeys } from "../../engine/containers/streams/detach-keys.ts";
import type { StdioClient } from "../../engine/containers/streams/stdio.ts";
import type { Engine } from "../../engine/engine.ts";
import { type Exchange, type HijackedConnection, queryFlag, type Reply, type Route } from "../exchange.ts";
import { acceptWebSocket } from "../http/websocket.ts";
import { joinStreams, streamContentType } from "./streams.ts";

/** Before API 1.42 a WebSocket had all three streams, and before 1.28 its messages were text. */
const STREAM_CHOICE_SINCE = 42;
const BINARY_MESSAGES_SINCE = 28;

interface Attachment {
  container: Container;
  wishes: { stdin: boolean; stdout: boolean; stderr: boolean; framed: boolean };
  logs: boolean;
  stream: boolean;
  detachKeys: Uint8Array;
  /** Berth's addition: the container ends when this client goes. */
  endsWithClient: boolean;
}

function attachmentOf({ containers }: Engine, { params, query }: Exchange): Attachment {
  const detachKeys = readDetachKeys(query.get("detachKeys") ?? "");
  if (!detachKeys) {
    throw new BerthError("invalidParameter", `Invalid detach keys (${query.get("detachKeys")}) provided`);
  }
  const reference = params.id ?? "";
  const container = containers.get(reference);
  const { status } = container.state.life;
  if (status === "paused") {
    throw new BerthError("conflict", `container ${reference} is paused, unpause the container before attach`);
  }
  if (status === "restarting") {
    throw new BerthError("conflict", `container ${reference} is restarting, wait until the container is running`);
  }
  const wishes = {
    stdin: queryFlag(query, "stdin"),
    stdout: queryFlag(query, "stdout"),
    stderr: queryFlag(query, "stderr"),
    framed: !container.spec.config.Tty,
  };
  const [logs, stream] = [queryFlag(query, "logs"), queryFlag(query, "stream")];
  return { container, wishes, logs, stream, detachKeys, endsWithClient: queryFlag(query, "endsWithClient") };
}

async function join(engine: Engine, attachment: Attachment, connection: HijackedConnection): Promise<void> {
  const { container, wishes, logs, stream, detachKeys, endsWithClient } = attachment;
  const terminal = container.spec.config.Tty ?? false;
  const announce = (action: string) =>
    engine.events.publish("container", action, container.id, container.eventAttributes());
  announce("attach");
  // With the log of a run that goes on, the file is followed: it holds each byte once, and in order.
  const followsLog = logs && stream && container.isRunning;
  if (logs && !followsLog) {
    const { output } = logClient(engine, attachment, false);
    for await (const chunk of output) await connection.write(chunk);
  }
  if (!stream) {
    connection.end();
    return;
  }
  const client: StdioClient = followsLog
    ? logClient(engine, attachment, true)
    : await container.stdio.attach(terminal ? { ...wishes, stderr: wishes.stdout } : wishes);
  const end = await joinStreams(connection, container.stdio, {
    client,
    stdin: wishes.stdin && (container.spec.config.OpenStdin ?? false),
    ...(terminal ? { detachKeys } : {}),
  });
  if (end === "detached") announce("detach");
  if (end === "left" && endsWithClient) await engine.containers.endWithClient(container);
}

function logClient(engine: Engine, { container, wishes }: Attachment, follow: boolean): StdioClient {
  const abort = new AbortController();
  const { stdout, stderr, framed } = wishes;
  const query = { stdout, stderr, framed, follow, timestamps: false, pieces: true };
  return { output: engine.containers.logs(container, query, abort.signal), detach: () => abort.abort() };
}

function attach(engine: Engine, exchange: Exchange): Reply {
  let attachment: Attachment;
  try {
    attachment = attachmentOf(engine, exchange);
  } catch (thrown) {
    if (!(thrown instanceof BerthError)) throw thrown;
    // Docker refuses here as plain text, and clients read it so.
    return { type: "text", status: thrown.status, body: `${thrown.message}\r\n`, contentType: RAW_STREAM };
  }
  return {
    type: "hijack",
    contentType: streamContentType(attachment.container.spec.config.Tty ?? false, exchange.version),
    run: (connection) => join(engine, attachment, connection),
  };
}

function attachWebSocket(engine: Engine, exchange: Exchange): Reply {
  const attachment = attachmentOf(engine, exchange);
  const { minor } = exchange.version;
  // A WebSocket carries the bare bytes of what was asked for; clients tell the streams apart by opening several.
  const all = { stdin: true, stdout: true, stderr: true };
  const wishes = { ...attachment.wishes, ...(minor < STREAM_CHOICE_SINCE ? all : {}), framed: false };
  return acceptWebSocket(exchange.headers, minor >= BINARY_MESSAGES_SINCE, (connection) =>
    join(engine, { ...attachment, wishes }, connection),
  );
}

export function attachRoutes(engine: Engine): Route[] {
  return [
    { method: "POST", pattern: "/containers/{id:*}/attach", handler: (exchange) => attach(engine, exchange) },
    {
      method: "GET",
      pattern: "/containers/{id:*}/attach/ws",
      handler: (exchange) => attachWebSocket(engine, exchange),
    },
  ];
}
