// Retries after transient errors of the network or of a registry.
import { setTimeout as sleep } from "node:timers/promises";
import { RegistryError, TransportError } from "../../registry/errors.ts";

const MAX_UPLOAD_ATTEMPTS = 5;
const FIRST_DELAY_SECONDS = 1;

/** Whether a retry may succeed. */
export function isTransient(thrown: unknown): boolean {
  if (thrown instanceof RegistryError) return thrown.httpStatus >= 500 || thrown.httpStatus === 429;
  return thrown instanceof TransportError && !thrown.isCertificate;
}

/** Seconds to wait after a number of consecutive failures; undefined to give up. */
export function delayAfter(failures: number, mostAttempts: number): number | undefined {
  return failures >= mostAttempts ? undefined : FIRST_DELAY_SECONDS * 2 ** (failures - 1);
}

export interface RetryOptions {
  signal?: AbortSignal | undefined;
  onRetry(seconds: number): void;
}

/** Runs `work` until it succeeds, fails permanently, or has used up its attempts. */
export async function retrying<T>(work: () => Promise<T>, { signal, onRetry }: RetryOptions): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await work();
    } catch (thrown) {
      const seconds = isTransient(thrown) ? delayAfter(failures, MAX_UPLOAD_ATTEMPTS) : undefined;
      if (seconds === undefined || signal?.aborted) throw thrown;
      onRetry(seconds);
      await sleep(seconds * 1000, undefined, signal ? { signal } : {});
    }
  }
}
