// A condition variable for one waiter: waiting resumes at the next wake-up, or at once after one that was not awaited.

export class WakeUp {
  private pending = false;
  private resolve: (() => void) | undefined;

  /** Resolves at the next {@link wake}; at once when there was one since the last wait. */
  async wait(): Promise<void> {
    if (!this.pending) {
      await new Promise<void>((resolve) => {
        this.resolve = resolve;
      });
    }
    this.pending = false;
  }

  wake(): void {
    this.pending = true;
    this.resolve?.();
    this.resolve = undefined;
  }
}
