// Adapts an open connection of the API's client or server to a Duplex stream for node:http2.
import { Duplex } from "node:stream";

export interface RawConnection {
  input: AsyncIterable<Uint8Array>;
  /** Resolves when there is room for more; false when the peer has disconnected. */
  write(chunk: Uint8Array): Promise<boolean>;
  end(): void;
  /** Resolves when the connection is closed. */
  closed: Promise<void>;
}

export function duplexOf(connection: RawConnection): Duplex {
  const input = connection.input[Symbol.asyncIterator]();
  const duplex = new Duplex({
    read() {
      input.next().then(
        ({ done, value }) => duplex.push(done ? null : value),
        (error: Error) => duplex.destroy(error),
      );
    },
    write(chunk: Uint8Array, _encoding, done) {
      connection
        .write(chunk)
        .then((isOpen) => done(isOpen ? null : new Error("the other side closed the connection")), done);
    },
    final(done) {
      connection.end();
      done();
    },
    destroy(error, done) {
      connection.end();
      done(error);
    },
  });
  void connection.closed.then(() => duplex.destroy());
  return duplex;
}
