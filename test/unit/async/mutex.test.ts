// Work that must not overlap.
import { expect, test } from "bun:test";
import { KeyedMutex, Mutex } from "../../../src/async/mutex.ts";

/** A task that records its start and end, and settles on demand. */
function piece(log: string[], name: string) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const work = async (): Promise<string> => {
    log.push(`${name} begins`);
    try {
      return await promise;
    } finally {
      log.push(`${name} ends`);
    }
  };
  return { work, resolve, reject };
}

test("starts each task after the previous one has settled", async () => {
  const log: string[] = [];
  const mutex = new Mutex();
  const [first, second, third] = ["first", "second", "third"].map((name) => piece(log, name));
  const turns = [first, second, third].map((each) => mutex.run(() => each?.work()));
  third?.resolve("3");
  second?.resolve("2");
  first?.reject(new Error("broken"));
  const outcomes = await Promise.allSettled(turns);
  expect(log).toEqual(["first begins", "first ends", "second begins", "second ends", "third begins", "third ends"]);
  expect(outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : "failed"))).toEqual([
    "failed",
    "2",
    "3",
  ]);
});

test("idle resolves when all tasks have settled", async () => {
  const log: string[] = [];
  const mutex = new Mutex();
  await mutex.idle();
  const only = piece(log, "only");
  const turn = mutex.run(only.work);
  const idle = mutex.idle().then(() => log.push("idle"));
  only.resolve("");
  await Promise.all([turn, idle]);
  expect(log).toEqual(["only begins", "only ends", "idle"]);
});

test("different keys do not wait for each other", async () => {
  const log: string[] = [];
  const mutex = new KeyedMutex();
  const [blocked, same, other] = ["blocked", "same", "other"].map((name) => piece(log, name));
  for (const each of [same, other]) each?.resolve("");
  const first = mutex.run("a", () => blocked?.work());
  const second = mutex.run("a", () => same?.work());
  await mutex.run("b", () => other?.work());
  expect(log).toEqual(["blocked begins", "other begins", "other ends"]);
  blocked?.resolve("");
  await Promise.all([first, second]);
  expect(log.slice(3)).toEqual(["blocked ends", "same begins", "same ends"]);
});
