// Open client sessions by id.
import type { Duplex } from "node:stream";
import { BerthError } from "../../api/errors.ts";
import { Registry } from "../registry.ts";
import { ClientSession, type SessionOpening } from "./client-session.ts";

export type { SessionOpening };

export class Sessions {
  private readonly sessions = new Registry<ClientSession>();

  /** Serves a session; resolves when it has ended. @throws BerthError conflict */
  async serve(opening: SessionOpening, connection: Duplex): Promise<void> {
    this.refuseKnown(opening.id);
    const session = new ClientSession(opening, connection);
    this.sessions.add(opening.id, session);
    await aborted(session.closed);
    this.sessions.remove(opening.id);
  }

  /** @throws BerthError conflict for an id in use */
  refuseKnown(id: string): void {
    if (this.sessions.has(id)) throw new BerthError("conflict", `session ${id} already exists`);
  }

  /** Waits a few seconds for a session that does not exist yet. @throws BerthError notFound */
  async find(id: string, signal: AbortSignal): Promise<ClientSession> {
    const session = await this.sessions.find(id, signal);
    signal.throwIfAborted();
    if (session !== undefined) return session;
    throw new BerthError("notFound", `no active session for ${id}: context deadline exceeded`);
  }

  stop(): void {
    for (const session of this.sessions.values()) session.close();
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/**
 * @param field the headers of the client's request, by lower-case name; several values are joined by ", "
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
