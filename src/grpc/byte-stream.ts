// A Duplex stream over the messages of a call, for SSH agents and nested sessions.
import { Duplex } from "node:stream";

/** A call whose messages have a single bytes field. */
export interface ByteCall {
  messages: AsyncIterable<{ data: Uint8Array }>;
  send(message: { data: Uint8Array }): Promise<void>;
  /** Ends the outgoing bytes. */
  end(): void;
  /** Cancels the call. */
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
      // HTTP/2 within HTTP/2: Bun's sessions reuse the buffer they write from, and lose data that is written to them
      // while they are writing.
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
