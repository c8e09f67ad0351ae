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
  onDetach(): void;
}

/** Carries input and output until the process ends its output, the client goes, or the client types the detach keys. */
export async function joinStreams(connection: HijackedConnection, stdio: Stdio, plan: StreamPlan): Promise<void> {
  const { client } = plan;
  const sending = client ? sendOutput(connection, client) : undefined;
  const receiving = receiveInput(connection, stdio, plan);
  const clientLeft = connection.closed.then(() => client?.detach());
  if (sending) {
    await Promise.race([sending, clientLeft]);
  } else {
    await Promise.race([receiving, clientLeft]);
  }
  client?.detach();
  connection.end();
}

async function sendOutput(connection: HijackedConnection, client: StdioClient): Promise<void> {
  for await (const chunk of client.output) {
    if (!(await connection.write(chunk))) return;
  }
}

async function receiveInput(connection: HijackedConnection, stdio: Stdio, plan: StreamPlan): Promise<void> {
  const matcher = plan.detachKeys && plan.stdin ? new DetachKeyMatcher(plan.detachKeys) : undefined;
  let taken = plan.stdin;
  for await (const chunk of connection.input) {
    const { passed, detached } = matcher?.feed(chunk) ?? { passed: chunk, detached: false };
    // What a process no longer takes is read all the same, so that the client is not stuck in writing it.
    if (taken && passed.length > 0) taken = await stdio.write(passed);
    if (detached) {
      plan.onDetach();
      plan.client?.detach();
      return;
    }
  }
  if (plan.stdin) await stdio.endInput();
}
