// Bytes that are iterated over, as the stream that a request sends.
import type { Bytes } from "../client/streams.ts";

/** `failed` hears of what went wrong in the bytes: the request only knows that its body broke off. */
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
