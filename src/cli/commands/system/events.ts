// `berth events`: prints events as they occur.

import type { EventMessage } from "../../../api/events.ts";
import { command, noArguments } from "../../command.ts";
import { filterChoices } from "../../filter-keys.ts";
import { filter, objectFormat, text } from "../../flags/kinds.ts";
import { localNanoTimestamp } from "../../output/units.ts";
import { readPointInTime } from "../../times.ts";

/** Reads the nanoseconds as text: a number would lose the last digits. */
function nanosecondsOf(text: string): bigint {
  return BigInt(/"timeNano":\s*(\d+)/.exec(text)?.[1] ?? 0);
}

/** "TIME TYPE ACTION ID (name=value, …)" */
function eventLine(text: string): string {
  const { Type, Action, Actor }: EventMessage = JSON.parse(text);
  const attributes = Object.entries(Actor.Attributes ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort();
  const shown = attributes.length === 0 ? "" : ` (${attributes.join(", ")})`;
  return `${localNanoTimestamp(nanosecondsOf(text))} ${Type} ${Action} ${Actor.ID}${shown}\n`;
}

async function templated(format: string): Promise<(text: string) => string> {
  const { eventPrinter } = await import("../../output/event-template.ts");
  return eventPrinter(format);
}

export const events = command({
  usage: "[OPTIONS]",
  arity: noArguments,
  flags: {
    filter: filter(undefined, { short: "f", complete: filterChoices("events") }),
    format: objectFormat({}),
    since: text("Show all events created since timestamp"),
    until: text("Stream events until this timestamp"),
  },
  examples: [["events --filter type=container --filter event=die", "Only containers that end"]],
  async run({ session, flags }) {
    const since = readPointInTime(flags.since);
    const until = readPointInTime(flags.until);
    const print = flags.format === "" ? eventLine : await templated(flags.format);
    const berth = await session.berth();
    for await (const text of berth.system.eventTexts({ since, until, filters: flags.filter })) {
      await session.stdout.write(print(text));
    }
  },
});
