// `berth stats`: live resource usage of containers.
import type { ContainerStats } from "../../../api/container-stats.ts";
import type { Berth } from "../../../client/index.ts";
import { command } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { tableFormat, toggle } from "../../flags/kinds.ts";
import { printList } from "../../output/print-list.ts";
import { type Sample, sampleOf, statsList } from "../../output/rows/stats.ts";
import { Screen } from "../../output/screen.ts";
import { failureText } from "../../report.ts";
import type { Session } from "../../session.ts";

const REDRAW_MILLISECONDS = 500;

/** The watched containers, each with its latest sample; undefined until the first one. */
type Watched = Map<string, Sample | undefined>;

async function listedContainers(berth: Berth, all: boolean): Promise<string[]> {
  const containers = await berth.containers.list({ all });
  return containers.map(({ Id }) => Id);
}

/** Updates a container's sample until its stream ends, then stops watching it. */
async function watch(berth: Berth, container: string, watched: Watched): Promise<void> {
  let previous: ContainerStats | undefined;
  try {
    for await (const stats of berth.containers.stats(container)) {
      if (!watched.has(container)) return;
      watched.set(container, sampleOf(container, stats, previous));
      previous = stats;
    }
  } catch {
    // A container removed while being watched is not an error.
  }
  watched.delete(container);
}

/** Without named containers, also watches containers that start later. */
async function watchNewOnes(berth: Berth, watched: Watched): Promise<void> {
  const filters = { type: ["container"], event: ["start"] };
  try {
    for await (const { Actor } of berth.system.events({ filters })) {
      if (watched.has(Actor.ID)) continue;
      watched.set(Actor.ID, undefined);
      void watch(berth, Actor.ID, watched);
    }
  } catch {
    // The engine disconnected: stop watching the containers, too.
  }
}

/** @throws CommandError that lists the error of each container */
async function once(berth: Berth, containers: readonly string[]): Promise<Sample[]> {
  const samples = containers.map(async (container) => sampleOf(container, await berth.containers.statsOnce(container)));
  const outcomes = await Promise.allSettled(samples);
  const failures = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [failureText(outcome.reason)] : []));
  if (failures.length > 0) throw new CommandError(failures.join("\n"));
  return outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
}

interface StatsRequest {
  format: string;
  all: boolean;
  short: boolean;
}

async function live(session: Session, berth: Berth, named: readonly string[], request: StatsRequest): Promise<void> {
  const containers = named.length > 0 ? named : await listedContainers(berth, request.all);
  for (const container of named) await berth.containers.inspect(container);
  const watched: Watched = new Map(containers.map((container) => [container, undefined]));
  for (const container of containers) void watch(berth, container, watched);
  if (named.length === 0) void watchNewOnes(berth, watched);
  do {
    await Bun.sleep(REDRAW_MILLISECONDS);
    const samples = [...watched].map(([container, sample]) => sample ?? sampleOf(container, undefined));
    const screen = session.stdout.isTerminal ? new Screen() : session.stdout;
    await printList(screen, samples, statsList(request.short), { format: request.format });
    if (screen instanceof Screen) await session.stdout.write(screen.drawing());
  } while (named.length === 0 || watched.size > 0);
}

export const stats = command({
  usage: "[OPTIONS] [CONTAINER...]",
  arity: () => undefined,
  complete: ["runningContainers"],
  flags: {
    all: toggle("Show all containers (default shows just running)", { short: "a" }),
    format: tableFormat(),
    "no-stream": toggle("Disable streaming stats and only pull the first result"),
    "no-trunc": toggle("Do not truncate output"),
  },
  async run({ session, flags, args }) {
    const { statsFormat = "" } = await session.configuration();
    const request = { format: flags.format || statsFormat, all: flags.all, short: !flags["no-trunc"] };
    const berth = await session.berth();
    if (!flags["no-stream"]) return live(session, berth, args, request);
    const containers = args.length > 0 ? args : await listedContainers(berth, flags.all);
    const samples = await once(berth, containers);
    await printList(session.stdout, samples, statsList(request.short), { format: request.format });
  },
});
