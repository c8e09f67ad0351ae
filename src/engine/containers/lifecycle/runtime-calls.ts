// The calls of the OCI runtime that are in progress for a container, so that one that hangs can be shown and aborted.
import { formatTimestamp } from "../../../api/time.ts";

/** Every call takes milliseconds; one that takes this long hangs, or the machine does. */
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

  /** Runs `work` and tracks it until it ends; the signal aborts it. */
  async track<T>(operation: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const call = { operation, since: Date.now(), abort: new AbortController() };
    this.current.add(call);
    try {
      return await work(call.abort.signal);
    } finally {
      this.current.delete(call);
    }
  }

  /** Aborts all calls in progress. */
  giveUp(): void {
    for (const { abort } of this.current) abort.abort();
  }

  /** A call that hangs; undefined when there is none. */
  get hanging(): HangingOperation | undefined {
    const latest = Date.now() - PATIENCE_MILLISECONDS;
    for (const { operation, since } of this.current) {
      if (since <= latest) return { operation, since: formatTimestamp(BigInt(since) * 1_000_000n) };
    }
    return undefined;
  }
}
