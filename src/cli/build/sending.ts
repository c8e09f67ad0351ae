// Docker's progress line for sending a context, updated live on a terminal.
import type { Bytes } from "../../client/streams.ts";
import type { Output } from "../output/output.ts";
import { humanSize } from "../output/units.ts";

const REDRAW_MILLISECONDS = 100;

export type Screen = Pick<Output, "isTerminal" | "write">;

function sendingLine(bytes: number): string {
  return `Sending build context to Docker daemon ${humanSize(bytes, 4).padStart(8)}\r`;
}

/** Passes the bytes through; the line is complete before the last bytes are. */
export async function* showSending(out: Screen, bytes: Bytes): AsyncGenerator<Uint8Array> {
  let sent = 0;
  let drawn = Date.now();
  for await (const chunk of bytes) {
    sent += chunk.length;
    if (out.isTerminal && Date.now() - drawn >= REDRAW_MILLISECONDS) {
      drawn = Date.now();
      await out.write(sendingLine(sent));
    }
    yield chunk;
  }
  await out.write(`${sendingLine(sent)}\r\n`);
}
