// A run for a client that wants all of it in one request: what was created is reported, then started while the client is
// attached, and how it ended is reported after its output.
import { BerthError } from "../api/errors.ts";
import type { CreatedContainer } from "./containers/configuration/create.ts";
import type { ClientConnection, StreamEnd } from "./containers/streams/join.ts";

export type RunReport =
  /** The first one: the container was created, and is not started yet. */
  | { type: "created"; created: CreatedContainer }
  /** The last one, after all output: the container exited, or the awaited condition is met. */
  | { type: "ended"; exitCode: number }
  /** The last one: it could not be started. */
  | { type: "failed"; reason: unknown };

/** A client's connection that also carries reports. */
export interface ReportedConnection extends ClientConnection {
  report(report: RunReport): Promise<boolean>;
}

export interface ReportedRun {
  created: CreatedContainer;
  /** Attaches the client, whose output is framed; undefined for one that only waits for the start. */
  attach: ((connection: ClientConnection) => Promise<StreamEnd>) | undefined;
  start(): Promise<void>;
  /** Begins to wait; the signal ends the waiting. */
  ended(signal: AbortSignal): Promise<number>;
}

/** Serves the client until the end, or until it leaves. @throws what the start throws, if no user has caused it */
export async function serveRun(run: ReportedRun, connection: ReportedConnection): Promise<void> {
  await connection.report({ type: "created", created: run.created });
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
    if (end === undefined || end === "output") {
      await connection.report({ type: "ended", exitCode: await ended });
    }
  } catch (thrown) {
    fail();
    await attached;
    await connection.report({ type: "failed", reason: thrown });
    if (!(thrown instanceof BerthError)) throw thrown;
  } finally {
    connection.end();
  }
}
