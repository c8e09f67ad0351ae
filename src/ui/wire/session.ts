// The protocol between page and server, besides the engine's API.

/** `POST /session`: the token of the address, or a password. */
export type SignIn = { token: string } | { password: string };

/** `GET /session` when signed in. */
export interface SessionAnswer {
  /** Names of the available engines: contexts of the client. */
  engines: string[];
  /** The initially selected engine. */
  current: string;
  /** Read-only mode: the bridge rejects everything that changes the engine. */
  readOnly: boolean;
  version: string;
}

/** `GET /session` when not signed in (status 401). */
export interface SignInNeeded {
  /** Whether a password is accepted; otherwise only the address with its token signs in. */
  password: boolean;
}

/** Response header of the server's own rejections, with the reason. */
export interface Refusal {
  message: string;
}

/**
 * A stream of the engine as a WebSocket: `/stream/ENGINE/PATH?QUERY`. Binary messages are the stream's bytes in both
 * directions; text messages are JSON of these types.
 */
export type StreamControl =
  /** Page to server: acknowledged bytes. The server stops reading when too many are unacknowledged. */
  | { kind: "consumed"; bytes: number }
  /** Page to server: end of input. */
  | { kind: "end-of-input" }
  /** Server to page, first: the stream is open. `multiplexed` streams carry stdout and stderr in Docker's frames. */
  | { kind: "open"; multiplexed: boolean }
  /** Server to page, last: why the stream failed to open or broke; absent after a normal end. */
  | { kind: "closed"; message?: string };

/** Maximum unacknowledged bytes of a stream. */
export const STREAM_WINDOW = 1024 * 1024;
