// What the page and its server say to each other beside the engine's own API.

/** `POST /session`: the token of the address, or a password. */
export type SignIn = { token: string } | { password: string };

/** `GET /session` of a browser that is signed in. */
export interface SessionAnswer {
  /** Names of the engines that the page may use: contexts of the client. */
  engines: string[];
  /** The one to begin with. */
  current: string;
  /** The bridge lets nothing pass that changes the engine. */
  readOnly: boolean;
  version: string;
}

/** `GET /session` of a browser that is not (status 401). */
export interface SignInNeeded {
  /** Whether a password is accepted; without one only the address with its token signs in. */
  password: boolean;
}

/** Header of every answer of the server's own that says why a request was refused. */
export interface Refusal {
  message: string;
}

/**
 * A stream of the engine as a WebSocket: `/stream/ENGINE/PATH?QUERY`. Binary messages are the stream's bytes in both
 * directions; text messages are JSON of these types.
 */
export type StreamControl =
  /** Page to server: bytes that the page has dealt with. The server stops reading when too many are under way. */
  | { kind: "consumed"; bytes: number }
  /** Page to server: end of input. */
  | { kind: "end-of-input" }
  /** Server to page, first: the stream is open. `multiplexed` streams carry stdout and stderr in Docker's frames. */
  | { kind: "open"; multiplexed: boolean }
  /** Server to page, last: why the stream could not be opened or broke; absent when it just ended. */
  | { kind: "closed"; message?: string };

/** Bytes of one stream that may be on their way to the page. */
export const STREAM_WINDOW = 1024 * 1024;
