// `attach`: connects a client to the stdio of a container, on request after its log.
import { BerthError } from "../../../api/errors.ts";
import type { Container } from "../container.ts";
import { readDetachKeys } from "./detach-keys.ts";
import { type ClientConnection, joinStreams, type StreamEnd } from "./join.ts";
import type { StdioClient } from "./stdio.ts";

export interface AttachRequest {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  /** Send the log so far. */
  logs: boolean;
  /** Send what comes from now on. */
  stream: boolean;
  /** "ctrl-p,ctrl-q"; "" is the default. */
  detachKeys: string;
  /** Berth's addition: the container ends when this client disconnects first. */
  endsWithClient: boolean;
}

/** What an attached client needs of the containers service. */
export interface AttachParts {
  logs(
    container: Container,
    query: { stdout: boolean; stderr: boolean; framed: boolean; follow: boolean; timestamps: boolean; pieces: boolean },
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;
  announce(container: Container, action: string): void;
  endWithClient(container: Container): Promise<void>;
}

/** @param reference how the client called the container, for messages. @throws BerthError invalidParameter, conflict */
export function checkAttach(container: () => Container, reference: string, { detachKeys }: AttachRequest): Container {
  if (!readDetachKeys(detachKeys)) {
    throw new BerthError("invalidParameter", `Invalid detach keys (${detachKeys}) provided`);
  }
  const found = container();
  const { status } = found.state.life;
  if (status === "paused") {
    throw new BerthError("conflict", `container ${reference} is paused, unpause the container before attach`);
  }
  if (status === "restarting") {
    throw new BerthError("conflict", `container ${reference} is restarting, wait until the container is running`);
  }
  return found;
}

/** @param framed whether each piece of output gets a header that names its stream */
export async function attachClient(
  parts: AttachParts,
  container: Container,
  request: AttachRequest,
  framed: boolean,
  connection: ClientConnection,
): Promise<StreamEnd> {
  const { stdin, stdout, stderr, logs, stream, endsWithClient } = request;
  const terminal = container.spec.config.tty;
  parts.announce(container, "attach");
  // The log of a running container is followed instead: it has each byte once and in order.
  const followsLog = logs && stream && container.isRunning;
  const logClient = (follow: boolean): StdioClient => {
    const abort = new AbortController();
    const query = { stdout, stderr, framed, follow, timestamps: false, pieces: true };
    return { output: parts.logs(container, query, abort.signal), detach: () => abort.abort() };
  };
  if (logs && !followsLog) for await (const chunk of logClient(false).output) await connection.write(chunk);
  if (!stream) {
    connection.end();
    return "output";
  }
  const client = followsLog
    ? logClient(true)
    : await container.stdio.attach({ stdout, stderr: terminal ? stdout : stderr, framed });
  const detachKeys = terminal ? readDetachKeys(request.detachKeys) : undefined;
  const end = await joinStreams(connection, container.stdio, {
    client,
    sent: () => container.trace.end("output"),
    stdin: stdin && container.spec.config.openStdin,
    ...(detachKeys ? { detachKeys } : {}),
  });
  if (end === "detached") parts.announce(container, "detach");
  if (end === "left" && endsWithClient) await parts.endWithClient(container);
  return end;
}
