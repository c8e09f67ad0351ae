// A connection taken over by a route as a Duplex stream, for libraries that speak a protocol over one.
import { Duplex } from "node:stream";
import type { HijackedConnection } from "../exchange.ts";

export function duplexOf(connection: HijackedConnection): Duplex {
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
        .then((isOpen) => done(isOpen ? null : new Error("the client closed the connection")), done);
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
