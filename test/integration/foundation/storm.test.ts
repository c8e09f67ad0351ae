// Twenty storms: clients do random work, the daemon is killed, and a new one must find consistent state. The seed is
// printed; BERTH_STORM_SEED repeats it. `npm run stress` does a hundred.
import { expect, test } from "bun:test";
import { storm } from "../../support/storm/storm.ts";

const ROUNDS = 20;
const seed = Number(process.env.BERTH_STORM_SEED ?? Date.now() % 1_000_000);

test(`storms of seed ${seed}`, async () => {
  const { wrong } = await storm(seed, ROUNDS, () => {});
  expect(wrong).toEqual([]);
}, 300_000);
