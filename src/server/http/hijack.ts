// A connection taken over by a route: raw bytes in both directions, each closed on its own (RFC 9110, section 7.8).
import type { HijackedConnection } from "../exchange.ts";
import type { SocketInput } from "./input.ts";
import type { SocketOutput } from "./output.ts";

/** How often to check whether a client that has half-closed is still connected. */
const CHECK_INTERVAL_MILLISECONDS = 250;

export class RawConnection implements HijackedConnection {
  readonly input: AsyncIterable<Uint8Array>;
  private readonly source: SocketInput;
  private readonly output: SocketOutput;
  private readonly isGone: () => boolean;
  private ending: Promise<void> | undefined;

  /** @param isGone whether the client has closed the connection completely */
  constructor(source: SocketInput, output: SocketOutput, isGone: () => boolean) {
    this.source = source;
    this.output = output;
    this.isGone = isGone;
    this.input = this.chunks();
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

  private async *chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = await this.source.read();
      if (!chunk) break;
      yield chunk;
    }
    this.detectDisconnect();
  }

  /** Only a write would reveal the disconnect, and an idle process may never cause one. */
  private detectDisconnect(): void {
    const timer = setInterval(() => {
      if (this.isGone()) this.output.destroy();
    }, CHECK_INTERVAL_MILLISECONDS);
    void this.output.closed.then(() => clearInterval(timer));
  }
}
