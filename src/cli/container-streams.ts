// Connects a container's streams to this terminal: shared by `run`, `start -a` and `attach`.
import type { AttachStream } from "../client/attach.ts";
import type { Berth } from "../client/index.ts";
import type { Session } from "./session.ts";
import { interact, type StreamEnd } from "./terminal/interactive.ts";
import { followSize } from "./terminal/resize.ts";
import { proxySignals } from "./terminal/signal-proxy.ts";

export interface StreamOptions {
  container: string;
  tty: boolean;
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  /** Detach keys; "" for the configured or default ones. */
  detachKeys: string;
  /** Whether the container ends together with this client. */
  endsWithClient?: boolean;
}

/** Attaches without moving data yet, so that the container can be started in between. */
export async function openStreams(session: Session, berth: Berth, options: StreamOptions): Promise<AttachStream> {
  const { container, tty, stdin, stdout, stderr, endsWithClient } = options;
  const detachKeys = await chosenDetachKeys(session, options.detachKeys);
  return berth.containers.attach(container, tty, { stdin, stdout, stderr, detachKeys, endsWithClient });
}

/** The detach keys from the command line, else from config.json. */
export async function chosenDetachKeys(session: Session, given: string): Promise<string> {
  return given || ((await session.configuration()).detachKeys ?? "");
}

/** Forwards signals to the container until stopped; does nothing when disabled. */
export function proxySignalsTo(berth: Berth, container: string, wanted: boolean): () => void {
  return wanted ? proxySignals((signal) => berth.containers.kill(container, signal)) : () => {};
}

/** Copies data until the container closes its output or the user detaches. */
export async function useStreams(
  session: Session,
  berth: Berth,
  stream: AttachStream,
  options: StreamOptions,
): Promise<StreamEnd> {
  const { container, tty, stdin } = options;
  const detachKeys = await chosenDetachKeys(session, options.detachKeys);
  const follows = tty && session.stdout.isTerminal;
  const stopFollowing = follows
    ? followSize((rows, columns) => berth.containers.resize(container, rows, columns))
    : () => {};
  try {
    return await interact(session, stream, { tty, stdin, detachKeys });
  } finally {
    stopFollowing();
  }
}
