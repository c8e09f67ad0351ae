// One at a time: changes of one container queue up behind each other; different containers never wait.

export class Mutex {
  private last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when everything asked before it has ended, whether it failed or not. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.last.then(work, work);
    this.last = turn.catch(() => {});
    return turn;
  }
}
