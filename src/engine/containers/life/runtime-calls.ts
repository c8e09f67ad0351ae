// What a container's runtime is doing for it right now, so that one that hangs can be shown instead of waited for.
import { formatTimestamp } from "../../../api/time.ts";

/** Every operation takes milliseconds; one that takes this long hangs, or the host does. */
const PATIENCE_MILLISECONDS = 3_000;

export interface HangingOperation {
  operation: string;
  /** RFC 3339. */
  since: string;
}

interface Call {
  operation: string;
  /** Milliseconds since 1970. */
  since: number;
  abort: AbortController;
}

export class RuntimeCalls {
  private readonly current = new Set<Call>();

  /** Passes on what `work` comes to, and notes the operation while it is under way; the signal is to give it up. */
  async track<T>(operation: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const call = { operation, since: Date.now(), abort: new AbortController() };
    this.current.add(call);
    try {
      return await work(call.abort.signal);
    } finally {
      this.current.delete(call);
    }
  }

  /** Ends whatever is under way. */
  giveUp(): void {
    for (const { abort } of this.current) abort.abort();
  }

  /** The operation that hangs; undefined when all is well. */
  get hanging(): HangingOperation | undefined {
    const latest = Date.now() - PATIENCE_MILLISECONDS;
    for (const { operation, since } of this.current) {
      if (since <= latest) return { operation, since: formatTimestamp(BigInt(since) * 1_000_000n) };
    }
    return undefined;
  }
}
