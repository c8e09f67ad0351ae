// What many running containers cost the next start, and a new daemon.
import type { BenchEngine } from "../engine.ts";
import { type Row, timed, timedAsync } from "../row.ts";

const CROWD = 300;
const WIDTH = 4;
const names = Array.from({ length: CROWD }, (_, index) => `crowd-${index + 1}`);
const runCommand = (name: string) => ["run", "-d", "--name", name, "busybox", "sleep", "1000000"];

/** How many runs each of the two medians of the first row has, of which the last one is the named one. */
const SAMPLES = 20;

export const scaleRows: Row[] = [
  growthRow(20),
  restartRow("first answer", 0.3, () => Promise.resolve()),
  restartRow("all taken over", 1.5, allAreRestored),
];

/** The later runs, after the earlier ones: containers cannot be taken away in between. */
function growthRow(early: number): Row {
  const durations: number[] = [];
  return {
    name: `run -d number ${CROWD}, against number ${early}`,
    unit: "ms",
    better: "lower",
    budget: 1.05,
    rounds: SAMPLES - 1,
    prepare: (engine) => {
      for (const name of names) durations.push(timed(() => engine.run(runCommand(name))));
    },
    floor: { measure: (_engine, round) => durations[early - SAMPLES + round] ?? Number.NaN },
    measure: (_engine, round) => durations[CROWD - SAMPLES + round] ?? Number.NaN,
    cleanup: (engine) => engine.remove(names),
  };
}

/** From the kill of a daemon until its successor has done `work`, in seconds; the floor is the budget itself. */
function restartRow(until: string, seconds: number, work: (engine: BenchEngine) => Promise<void>): Row {
  return {
    name: `daemon killed and started under ${CROWD} containers: ${until}`,
    unit: "s",
    better: "lower",
    budget: 1,
    rounds: 3,
    floor: { measure: () => seconds },
    prepare: startCrowd,
    measure: async (engine) => {
      const duration = await timedAsync(async () => {
        await engine.replaceDaemon?.();
        await work(engine);
      });
      await allAreRestored(engine);
      return duration / 1000;
    },
    cleanup: (engine) => engine.remove(names),
  };
}

async function startCrowd(engine: BenchEngine): Promise<void> {
  const left = [...names];
  const lane = async () => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) await engine.start(runCommand(name)).exited;
  };
  await Promise.all(Array.from({ length: WIDTH }, lane));
}

/** A request about a container is answered when it is restored. */
async function allAreRestored({ socket }: BenchEngine): Promise<void> {
  if (socket === undefined) throw new Error("an engine without a socket has no daemon");
  const states = await Promise.all(
    names.map(async (name) => {
      const answer = await fetch(`http://localhost/containers/${name}/json`, { unix: socket });
      return (await answer.text()).includes('"Running":true');
    }),
  );
  if (!states.every(Boolean)) throw new Error("a container does not run any more");
}
