// A connection taken over by a route: raw bytes both ways, each side ending on its own (RFC 9110, section 7.8).
import type { HijackedConnection } from "../exchange.ts";
import type { SocketInput } from "./input.ts";
import type { SocketOutput } from "./output.ts";

export class RawConnection implements HijackedConnection {
  readonly input: AsyncIterable<Uint8Array>;
  private readonly source: SocketInput;
  private readonly output: SocketOutput;
  private ending: Promise<void> | undefined;

  constructor(source: SocketInput, output: SocketOutput) {
    this.source = source;
    this.output = output;
    this.input = chunksOf(source);
  }

  get closed(): Promise<void> {
    return this.output.closed;
  }

  async write(chunk: Uint8Array): Promise<boolean> {
    return this.ending === undefined && (await this.output.write(chunk));
  }

  end(): void {
    this.ending ??= this.output.finish(this.source);
  }
}

async function* chunksOf(source: SocketInput): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = await source.read();
    if (!chunk) return;
    yield chunk;
  }
}
