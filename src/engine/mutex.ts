// One at a time: work that must not overlap waits for the work asked for before it.

export class Mutex {
  private last: Promise<unknown> = Promise.resolve();

  /** Runs `work` once everything asked for before has ended, whether it failed or not. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work, work);
    this.last = turn.catch(() => {});
    return turn;
  }
}
