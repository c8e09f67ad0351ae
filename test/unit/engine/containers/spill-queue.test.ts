import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SpillQueue } from "../../../../src/engine/containers/streams/spill-queue.ts";

const MEBIBYTE = 1 << 20;
let directory = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "berth-spill-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Bytes on disk of the queue's unlinked files. */
function spilledBytes(): number {
  return readdirSync("/proc/self/fd")
    .filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith(directory);
      } catch {
        return false;
      }
    })
    .reduce((sum, fd) => sum + statSync(`/proc/self/fd/${fd}`).size, 0);
}

test("frees disk space that a slow client has read", async () => {
  const queue = new SpillQueue(directory);
  const reader = queue.output[Symbol.asyncIterator]();
  const chunk = (number: number) => new Uint8Array(MEBIBYTE).fill(number);
  /** Compares whole parts of chunks: one byte at a time takes seconds on a busy machine. */
  const expectPushed = (bytes: Uint8Array, start: number): void => {
    for (let at = 0; at < bytes.length; ) {
      const number = Math.floor((start + at) / MEBIBYTE);
      const end = Math.min(bytes.length, (number + 1) * MEBIBYTE - start);
      const isPushed = Buffer.from(bytes.subarray(at, end)).equals(chunk(number % 251).subarray(0, end - at));
      if (!isPushed) throw new Error(`bytes ${start + at} to ${start + end} are not those of chunk ${number}`);
      at = end;
    }
  };
  let received = 0;
  let largest = 0;
  for (let number = 0; number < 64; number++) {
    expect(queue.push(chunk(number % 251))).toBe(true);
    if (number < 2) continue;
    for (let taken = 0; taken < MEBIBYTE; ) {
      const { value } = await reader.next();
      if (!value) throw new Error(`the queue ended after ${received} bytes`);
      expectPushed(value, received);
      taken += value.length;
      received += value.length;
    }
    largest = Math.max(largest, spilledBytes());
  }
  expect(largest).toBeGreaterThan(0);
  expect(largest).toBeLessThanOrEqual(8 * MEBIBYTE);
  queue.end();
  for (let result = await reader.next(); !result.done; result = await reader.next()) received += result.value.length;
  expect(received).toBe(64 * MEBIBYTE);
  expect(spilledBytes()).toBe(0);
});

test("an unread queue frees its files", async () => {
  const queue = new SpillQueue(directory);
  for (let number = 0; number < 10; number++) queue.push(new Uint8Array(MEBIBYTE));
  expect(spilledBytes()).toBeGreaterThan(0);
  await queue.output[Symbol.asyncIterator]().return?.();
  expect([spilledBytes(), queue.push(new Uint8Array(1))]).toEqual([0, false]);
});
