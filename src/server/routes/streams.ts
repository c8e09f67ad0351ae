// Joins a hijacked connection with a process's stdio, for attach and exec alike.
import { MULTIPLEXED_STREAM, RAW_STREAM } from "../../api/streams.ts";
import { DetachKeyMatcher } from "../../engine/containers/streams/detach-keys.ts";
import type { Stdio, StdioClient } from "../../engine/containers/streams/stdio.ts";
import type { ApiVersion, HijackedConnection } from "../exchange.ts";

/** Clients are told of frames since API 1.42. */
export function streamContentType(terminal: boolean, version: ApiVersion): string {
  return terminal || version.minor < 42 ? RAW_STREAM : MULTIPLEXED_STREAM;
}

export interface StreamPlan {
  /** Absent when the client gets no output. */
  client?: StdioClient;
  stdin: boolean;
  /** Absent without a terminal: the keys are then only data. */
  detachKeys?: Uint8Array;
}

/** Why a joining ended: the process's output did, the client typed the detach keys, or it went away. */
export type StreamEnd = "output" | "detached" | "left";

/** Carries input and output until the process ends its output, the client goes, or the client types the detach keys. */
export async function joinStreams(connection: HijackedConnection, stdio: Stdio, plan: StreamPlan): Promise<StreamEnd> {
  const { client } = plan;
  let detached = false;
  const receiving = receiveInput(connection, stdio, plan).then((typedKeys) => {
    detached = typedKeys;
  });
  const sending = client ? sendOutput(connection, client) : receiving;
  const left = connection.closed.then(() => "left" as const);
  // The input ending is not the end of the stream, but its failure is.
  const failed = receiving.then(() => new Promise<never>(() => {}));
  const end = await Promise.race([sending.then(() => "output" as const), left, failed]);
  client?.detach();
  connection.end();
  return detached ? "detached" : end;
}

/** From this many bytes at once a process is one that writes much, not one that is talked with. */
const MUCH_OUTPUT = 4 * 1024;
const GATHERING_MILLISECONDS = 1;

/** Much output is given a moment to gather, so that client and engine handle it in few pieces. */
async function sendOutput(connection: HijackedConnection, client: StdioClient): Promise<void> {
  for await (const chunk of client.output) {
    if (!(await connection.write(chunk))) return;
    if (chunk.length >= MUCH_OUTPUT) await Bun.sleep(GATHERING_MILLISECONDS);
  }
}

/** True when the client typed the detach keys. */
async function receiveInput(connection: HijackedConnection, stdio: Stdio, plan: StreamPlan): Promise<boolean> {
  const matcher = plan.detachKeys && plan.stdin ? new DetachKeyMatcher(plan.detachKeys) : undefined;
  let taken = plan.stdin;
  for await (const chunk of connection.input) {
    const { passed, detached } = matcher?.feed(chunk) ?? { passed: chunk, detached: false };
    // What a process no longer takes is read all the same, so that the client is not stuck in writing it.
    if (taken && passed.length > 0) taken = await stdio.write(passed);
    if (detached) {
      plan.client?.detach();
      return true;
    }
  }
  if (plan.stdin) await stdio.endInput();
  return false;
}
