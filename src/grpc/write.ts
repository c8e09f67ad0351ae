// Writes with back-pressure to an HTTP/2 stream.
import type { Http2Stream } from "node:http2";

/** Resolves when the stream takes more, or is closed. */
export async function writeTo(stream: Http2Stream, bytes: Uint8Array): Promise<void> {
  if (stream.closed || stream.destroyed || stream.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const settle = (): void => {
      stream.off("drain", settle);
      stream.off("close", settle);
      resolve();
    };
    stream.on("drain", settle);
    stream.on("close", settle);
  });
}
