// A request that is not proper HTTP: answered with its status, after which the connection is closed.

/** Statuses the HTTP layer itself answers with; what a route refuses is a BerthError instead. */
export type ProtocolStatus = 400 | 408 | 417 | 431 | 501 | 505;

export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly status: ProtocolStatus;

  constructor(status: ProtocolStatus, message: string) {
    super(message);
    this.status = status;
  }
}
