// A condition variable: notifies waiters of changes.

export class Changes {
  private readonly waiting = new Set<() => void>();

  /** Resolves at the next change, or when the signal is aborted. */
  async next(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        this.waiting.delete(settle);
        signal.removeEventListener("abort", settle);
        resolve();
      };
      this.waiting.add(settle);
      signal.addEventListener("abort", settle, { once: true });
    });
  }

  tell(): void {
    for (const settle of this.waiting) settle();
  }
}
