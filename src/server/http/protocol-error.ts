// A request that is not valid HTTP: answered with a status, then the connection is closed.

/** Statuses of the HTTP layer itself; errors of routes are BerthErrors. */
export type ProtocolStatus = 400 | 408 | 417 | 431 | 501 | 505;

export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly status: ProtocolStatus;

  constructor(status: ProtocolStatus, message: string) {
    super(message);
    this.status = status;
  }
}
