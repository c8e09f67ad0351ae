// Merges several streams: each line is prefixed with its source's name, in color on a terminal.
import type { Output } from "./output.ts";

const COLOURS = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];
const LINE_END = 10;

/** Receives lines. */
export type LineTarget = Pick<Output, "isTerminal" | "write">;

/** Writer for one of the streams; prints complete lines. */
export interface PrefixedStream {
  write(chunk: Uint8Array, out: LineTarget): Promise<void>;
  /** Writes an incomplete last line. */
  end(): Promise<void>;
}

/** `width` is asked for each time, as it grows with longer names; `index` selects the color. */
export function prefixedStream(name: string, width: () => number, index: number): PrefixedStream {
  const rests = new Map<LineTarget, Uint8Array>();
  return {
    async write(chunk, out) {
      const all = Buffer.concat([rests.get(out) ?? new Uint8Array(), chunk]);
      const end = all.lastIndexOf(LINE_END) + 1;
      rests.set(out, all.subarray(end));
      if (end === 0) return;
      const plain = `${name.padEnd(width())} | `;
      const prefix = Buffer.from(out.isTerminal ? `\x1b[${COLOURS[index % COLOURS.length]}m${plain}\x1b[0m` : plain);
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < end; ) {
        const next = all.indexOf(LINE_END, at) + 1;
        pieces.push(prefix, all.subarray(at, next));
        at = next;
      }
      await out.write(Buffer.concat(pieces));
    },
    async end() {
      for (const [out, rest] of rests) if (rest.length > 0) await this.write(Buffer.from("\n"), out);
    },
  };
}
