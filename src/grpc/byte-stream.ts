// A stream of bytes inside the messages of a call, as a Duplex: what SSH agents and nested sessions speak over.
import { Duplex } from "node:stream";

/** A call whose messages have one field, the bytes. */
export interface ByteCall {
  messages: AsyncIterable<{ data: Uint8Array }>;
  send(message: { data: Uint8Array }): Promise<void>;
  /** No more bytes follow. */
  end(): void;
  /** Gives the call up. */
  cancel(): void;
}

export function duplexOfCall(call: ByteCall): Duplex {
  const incoming = call.messages[Symbol.asyncIterator]();
  const duplex = new Duplex({
    read() {
      incoming.next().then(
        ({ done, value }) => duplex.push(done ? null : value.data),
        (error: Error) => duplex.destroy(error),
      );
    },
    write(chunk: Uint8Array, _encoding, done) {
      // HTTP/2 within HTTP/2: Bun's sessions reuse the buffer they write from, and lose what is written by them while
      // they write themselves.
      const data = Buffer.from(chunk);
      queueMicrotask(() => call.send({ data }).then(() => done(), done));
    },
    final(done) {
      call.end();
      done();
    },
    destroy(error, done) {
      call.cancel();
      done(error);
    },
  });
  return duplex;
}
