// Connects a client with a process's stdio, for attach and exec alike.
import { DetachKeyMatcher } from "./detach-keys.ts";
import type { Stdio, StdioClient } from "./stdio.ts";

/** A client's bidirectional connection, over any transport. */
export interface ClientConnection {
  /** What the client sends. Ends when the client closes its side or disconnects; never throws. */
  input: AsyncIterable<Uint8Array>;
  /** Resolves when there is room for more; false after the client disconnected. */
  write(chunk: Uint8Array): Promise<boolean>;
  /** Ends the engine's side. */
  end(): void;
  /** Resolves when the connection is closed for any reason. */
  closed: Promise<void>;
}

export interface StreamPlan {
  /** Absent when the client gets no output. */
  client?: StdioClient;
  stdin: boolean;
  /** Called when the client has been sent its first output. */
  sent?(): void;
  /** Absent without a terminal: the keys are then only data. */
  detachKeys?: Uint8Array;
}

/** What ended the connection: the end of the output, the detach keys, or the client's disconnect. */
export type StreamEnd = "output" | "detached" | "left";

/** Carries input and output until the process ends its output, the client goes, or the client types the detach keys. */
export async function joinStreams(connection: ClientConnection, stdio: Stdio, plan: StreamPlan): Promise<StreamEnd> {
  const { client } = plan;
  let detached = false;
  const receiving = receiveInput(connection, stdio, plan).then((typedKeys) => {
    detached = typedKeys;
  });
  const sending = client ? sendOutput(connection, client, plan.sent) : receiving;
  const left = connection.closed.then(() => "left" as const);
  // The end of the input does not end the stream; its failure does.
  const failed = receiving.then(() => new Promise<never>(() => {}));
  const end = await Promise.race([sending.then(() => "output" as const), left, failed]);
  client?.detach();
  connection.end();
  return detached ? "detached" : end;
}

/** Bytes in one chunk from which output is treated as bulk output, not as interactive. */
const BULK_OUTPUT = 4 * 1024;
const GATHERING_MILLISECONDS = 1;

/** Bulk output is gathered for a moment, so that client and engine handle fewer pieces. */
async function sendOutput(
  connection: ClientConnection,
  client: StdioClient,
  sent: (() => void) | undefined,
): Promise<void> {
  let notify = sent;
  for await (const chunk of client.output) {
    if (!(await connection.write(chunk))) return;
    notify?.();
    notify = undefined;
    if (chunk.length >= BULK_OUTPUT) await Bun.sleep(GATHERING_MILLISECONDS);
  }
}

/** True when the client typed the detach keys. */
async function receiveInput(connection: ClientConnection, stdio: Stdio, plan: StreamPlan): Promise<boolean> {
  const matcher = plan.detachKeys && plan.stdin ? new DetachKeyMatcher(plan.detachKeys) : undefined;
  let taken = plan.stdin;
  for await (const chunk of connection.input) {
    const { passed, detached } = matcher?.feed(chunk) ?? { passed: chunk, detached: false };
    // Input that the process no longer reads is drained, so that the client does not block.
    if (taken && passed.length > 0) taken = await stdio.write(passed);
    if (detached) {
      plan.client?.detach();
      return true;
    }
  }
  if (plan.stdin) await stdio.endInput();
  return false;
}
