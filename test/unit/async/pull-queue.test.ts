import { describe, expect, test } from "bun:test";
import { PullQueue, withCleanup } from "../../../src/async/pull-queue.ts";

function queueOf(items: number[], released: string[]): PullQueue<number> {
  return new PullQueue({ take: () => items.shift(), release: () => released.push("released") });
}

describe("a pull queue", () => {
  test("delivers what is queued before the end and releases once", async () => {
    const items = [1, 2];
    const released: string[] = [];
    const queue = queueOf(items, released);
    const seen: number[] = [];
    const reading = (async () => {
      for await (const item of queue) seen.push(item);
    })();
    items.push(3);
    queue.wake();
    queue.end();
    await reading;
    expect([seen, released]).toEqual([[1, 2, 3], ["released"]]);
  });

  test("wakes a waiting consumer", async () => {
    const items: number[] = [];
    const queue = queueOf(items, []);
    const next = queue.next();
    items.push(7);
    queue.wake();
    expect(await next).toEqual({ done: false, value: 7 });
  });

  test("releases when the consumer stops before starting, and while waiting", async () => {
    for (const begins of [false, true]) {
      const released: string[] = [];
      const queue = queueOf([], released);
      const next = begins ? queue.next() : undefined;
      await queue.return();
      expect(released).toEqual(["released"]);
      if (next) expect((await next).done).toBe(true);
      expect((await queue.next()).done).toBe(true);
      expect(released).toEqual(["released"]);
    }
  });
});

describe("a generator with a cleanup", () => {
  async function* numbers() {
    yield 1;
    yield 2;
  }

  test("is cleaned up when never started, at its end, and on failure", async () => {
    const cleaned: string[] = [];
    await withCleanup(numbers(), () => cleaned.push("unstarted")).return?.();
    const all = await Array.fromAsync(withCleanup(numbers(), () => cleaned.push("ended")));
    async function* broken(): AsyncGenerator<number> {
      yield 1;
      throw new Error("broken");
    }
    await expect(Array.fromAsync(withCleanup(broken(), () => cleaned.push("failed")))).rejects.toThrow("broken");
    expect(all).toEqual([1, 2]);
    expect(cleaned).toEqual(["unstarted", "ended", "failed"]);
  });
});
