// Turns an iterable of byte chunks into the stream of a request body.
import type { Bytes } from "../client/streams.ts";

/** `failed` receives the error of the source; the request itself only reports that its body was cut short. */
export function streamOf(bytes: Bytes, failed: (thrown: unknown) => void = () => {}): ReadableStream<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { value, done } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (thrown) {
        failed(thrown);
        throw thrown;
      }
    },
  });
}
