// A run for a client that wants all of it in one request: what was created is reported, then started while the client is
// attached, and how it ended is reported after its output.
import type { WaitAnswer } from "../api/containers.ts";
import { BerthError, messageOf } from "../api/errors.ts";
import type { RunReport } from "../api/runs.ts";
import { encodeFrame, REPORT } from "../api/streams.ts";
import { StartError } from "./containers/lifecycle/start-error.ts";
import type { ClientConnection, StreamEnd } from "./containers/streams/join.ts";

export interface ReportedRun {
  created: { Id: string; Warnings: string[] };
  /** Attaches the client, whose output is framed; undefined for one that only waits for the start. */
  attach: ((connection: ClientConnection) => Promise<StreamEnd>) | undefined;
  start(): Promise<void>;
  /** Begins to wait; the signal ends the waiting. */
  ended(signal: AbortSignal): Promise<WaitAnswer>;
}

/** Serves the client until the end, or until it leaves. @throws what the start throws, if no user has caused it */
export async function serveRun(run: ReportedRun, connection: ClientConnection): Promise<void> {
  const report = (message: RunReport) =>
    connection.write(encodeFrame(REPORT, Buffer.from(`${JSON.stringify(message)}\n`)));
  await report({ Created: run.created });
  const left = new AbortController();
  void connection.closed.then(() => left.abort());
  const { promise: failed, resolve: fail } = Promise.withResolvers<void>();
  const attached = run.attach?.({
    input: connection.input,
    write: (chunk) => connection.write(chunk),
    // The last report follows the output.
    end: () => {},
    closed: Promise.race([connection.closed, failed]),
  });
  try {
    const ended = run.ended(left.signal);
    await run.start();
    const end = await attached;
    if (end === undefined || end === "output") await report({ Ended: await ended });
  } catch (thrown) {
    fail();
    await attached;
    await report({ Failed: failureOf(thrown) });
    if (!(thrown instanceof BerthError)) throw thrown;
  } finally {
    connection.end();
  }
}

function failureOf(thrown: unknown): { status: number; message: string; exitCode?: number } {
  return {
    status: thrown instanceof BerthError ? thrown.status : 500,
    message: messageOf(thrown),
    ...(thrown instanceof StartError ? { exitCode: thrown.exitCode } : {}),
  };
}
