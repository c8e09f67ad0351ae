// `attach`: a client joins the streams of a container, over a raw connection or a WebSocket.
import { BerthError } from "../../api/errors.ts";
import { RAW_STREAM } from "../../api/streams.ts";
import type { Attachment, AttachRequest, ContainerService, Engine } from "../../engine/index.ts";
import { type Exchange, queryFlag, type Reply, type Route } from "../exchange.ts";
import { acceptWebSocket } from "../http/websocket.ts";
import { streamContentType } from "./stream-types.ts";

/** Before API 1.42 a WebSocket had all three streams, and before 1.28 its messages were text. */
const STREAM_CHOICE_SINCE = 42;
const BINARY_MESSAGES_SINCE = 28;

/** What the query says about how to attach. */
export function attachRequestOf({ query }: Exchange): AttachRequest {
  return {
    stdin: queryFlag(query, "stdin"),
    stdout: queryFlag(query, "stdout"),
    stderr: queryFlag(query, "stderr"),
    logs: queryFlag(query, "logs"),
    stream: queryFlag(query, "stream"),
    detachKeys: query.get("detachKeys") ?? "",
    endsWithClient: queryFlag(query, "endsWithClient"),
  };
}

function attach(containers: ContainerService, exchange: Exchange): Reply {
  let attachment: Attachment;
  try {
    attachment = containers.attach(exchange.params.id ?? "", attachRequestOf(exchange));
  } catch (thrown) {
    if (!(thrown instanceof BerthError)) throw thrown;
    // Docker answers errors of attach as plain text, and clients expect it.
    return { type: "text", status: thrown.status, body: `${thrown.message}\r\n`, contentType: RAW_STREAM };
  }
  const framed = !attachment.terminal;
  return {
    type: "hijack",
    contentType: streamContentType(framed, exchange.version),
    run: async (connection) => {
      await attachment.run(connection, framed);
    },
  };
}

function attachWebSocket(containers: ContainerService, exchange: Exchange): Reply {
  const { minor } = exchange.version;
  const all = minor < STREAM_CHOICE_SINCE ? { stdin: true, stdout: true, stderr: true } : {};
  const attachment = containers.attach(exchange.params.id ?? "", { ...attachRequestOf(exchange), ...all });
  // A WebSocket carries bare bytes; clients tell the streams apart by opening one for each.
  return acceptWebSocket(exchange.headers, minor >= BINARY_MESSAGES_SINCE, async (connection) => {
    await attachment.run(connection, false);
  });
}

export function attachRoutes({ containers }: Engine): Route[] {
  return [
    { method: "POST", pattern: "/containers/{id:*}/attach", handler: (exchange) => attach(containers, exchange) },
    {
      method: "GET",
      pattern: "/containers/{id:*}/attach/ws",
      handler: (exchange) => attachWebSocket(containers, exchange),
    },
  ];
}
