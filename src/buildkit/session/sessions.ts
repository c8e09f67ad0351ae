// The sessions that clients keep open with the engine, by the ids that their builds name.
import type { Duplex } from "node:stream";
import { BerthError } from "../../api/errors.ts";
import { ClientSession, type SessionOpening } from "./client-session.ts";

/** A build may be asked for just before its session is opened. */
const WAIT_MILLISECONDS = 5_000;

export class Sessions {
  private readonly sessions = new Map<string, ClientSession>();
  private readonly waiting = new Set<() => void>();

  /** Serves a session; resolves when it is over. @throws BerthError conflict */
  async serve(opening: SessionOpening, connection: Duplex): Promise<void> {
    this.refuseKnown(opening.id);
    const session = new ClientSession(opening, connection);
    this.sessions.set(opening.id, session);
    for (const wake of this.waiting) wake();
    await aborted(session.closed);
    this.sessions.delete(opening.id);
  }

  /** @throws BerthError conflict for an id that is taken */
  refuseKnown(id: string): void {
    if (this.sessions.has(id)) throw new BerthError("conflict", `session ${id} already exists`);
  }

  /** Waits a few seconds for a session that is not there yet. @throws BerthError notFound */
  async find(id: string, signal: AbortSignal): Promise<ClientSession> {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(WAIT_MILLISECONDS)]);
    for (;;) {
      const session = this.sessions.get(id);
      if (session !== undefined) return session;
      signal.throwIfAborted();
      if (deadline.aborted) {
        throw new BerthError("notFound", `no active session for ${id}: context deadline exceeded`);
      }
      await this.change(deadline);
    }
  }

  stop(): void {
    for (const session of this.sessions.values()) session.close();
  }

  /** Resolves when a session is opened or time is up. */
  private async change(deadline: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        this.waiting.delete(settle);
        deadline.removeEventListener("abort", settle);
        resolve();
      };
      this.waiting.add(settle);
      deadline.addEventListener("abort", settle, { once: true });
    });
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/**
 * @param field the fields of the client's request, by names in lower case; several values are joined by ", "
 * @throws BerthError invalidParameter
 */
export function readOpening(field: (name: string) => string | undefined): SessionOpening {
  const id = field("x-docker-expose-session-uuid") ?? "";
  if (id === "") throw new BerthError("invalidParameter", "a session needs an id");
  const methods = field("x-docker-expose-session-grpc-method") ?? "";
  return {
    id,
    sharedKey: field("x-docker-expose-session-sharedkey") ?? "",
    methods: new Set(methods.split(",").map((method) => method.trim().toLowerCase())),
  };
}
