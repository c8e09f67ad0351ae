// `GET /events`: past and new events, one JSON object per line.

import { BerthError } from "../../api/errors.ts";
import { parseFilters } from "../../api/filters.ts";
import { parseUnixTime } from "../../api/time.ts";
import type { Engine, EngineEvent } from "../../engine/index.ts";
import type { Route } from "../exchange.ts";

const NANOSECONDS_PER_SECOND = 1_000_000_000n;

export function eventRoutes(engine: Engine): Route[] {
  return [
    {
      method: "GET",
      pattern: "/events",
      handler: ({ query, signal, version }) => ({
        type: "stream",
        status: 200,
        contentType: "application/json",
        body: lines(
          engine.streamEvents({
            since: parseTime("since", query.get("since")),
            until: parseTime("until", query.get("until")),
            filters: parseFilters(query.get("filters")),
            signal,
          }),
          version.minor >= IMAGE_CREATE_SINCE,
        ),
      }),
    },
  ];
}

/** Clients before API 1.46 do not know the event `create` of images. */
const IMAGE_CREATE_SINCE = 46;

/** Closing it before the first line ends the subscription too. */
function lines(events: AsyncIterable<EngineEvent>, hasImageCreate: boolean): AsyncIterable<Uint8Array> {
  const iterator = events[Symbol.asyncIterator]();
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        for (;;) {
          const { done, value } = await iterator.next();
          if (done) return { done, value: undefined };
          if (!hasImageCreate && value.type === "image" && value.action === "create") continue;
          return { done: false, value: Buffer.from(formatEvent(value)) };
        }
      },
      async return() {
        await iterator.return?.();
        return { done: true, value: undefined };
      },
    }),
  };
}

/** An event as a line of JSON. A JavaScript number cannot hold the nanoseconds, so they are inserted as text. */
export function formatEvent({ type, action, id, attributes, at }: EngineEvent): string {
  const message = {
    ...(type === "container" || type === "image" ? { status: action } : {}),
    ...((type === "container" || type === "image") && id !== "" ? { id } : {}),
    ...(type === "container" && attributes.image ? { from: attributes.image } : {}),
    Type: type,
    Action: action,
    Actor: { ID: id, Attributes: sortedByName(attributes) },
    scope: "local",
    time: Number(at / NANOSECONDS_PER_SECOND),
  };
  return `${JSON.stringify(message).slice(0, -1)},"timeNano":${at}}\n`;
}

function sortedByName(attributes: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).sort(([left], [right]) => (left < right ? -1 : 1)));
}

function parseTime(name: string, text: string | null): bigint | undefined {
  if (text === null || text === "") return undefined;
  const time = parseUnixTime(text);
  if (time === undefined) {
    throw new BerthError(
      "invalidParameter",
      `invalid ${name}: ${JSON.stringify(text)} is not a time in seconds since 1970`,
    );
  }
  return time;
}
