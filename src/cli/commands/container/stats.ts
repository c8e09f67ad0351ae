// `berth stats`: what containers use of the machine, live.
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

/** The containers that are watched, each with its latest sample; undefined until there is one. */
type Watched = Map<string, Sample | undefined>;

async function listedContainers(berth: Berth, all: boolean): Promise<string[]> {
  const containers = await berth.containers.list({ all });
  return containers.map(({ Id }) => Id);
}

/** Keeps the sample of a container up to date until its stream ends; it is then no longer watched. */
async function watch(berth: Berth, container: string, watched: Watched): Promise<void> {
  let previous: ContainerStats | undefined;
  try {
    for await (const stats of berth.containers.stats(container)) {
      if (!watched.has(container)) return;
      watched.set(container, sampleOf(container, stats, previous));
      previous = stats;
    }
  } catch {
    // A container that went away while it was watched is no failure of the watching.
  }
  watched.delete(container);
}

/** With no containers named: those that start later are watched as well. */
async function watchNewOnes(berth: Berth, watched: Watched): Promise<void> {
  const filters = { type: ["container"], event: ["start"] };
  try {
    for await (const { Actor } of berth.system.events({ filters })) {
      if (watched.has(Actor.ID)) continue;
      watched.set(Actor.ID, undefined);
      void watch(berth, Actor.ID, watched);
    }
  } catch {
    // The engine is gone: that ends the watching of each container, too.
  }
}

/** @throws CommandError with what is wrong with each of them */
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
