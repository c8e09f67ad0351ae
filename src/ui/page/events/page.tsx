// The engine's events: live, and those of the last hour.
import { useEffect, useMemo, useState } from "preact/hooks";
import type { EventMessage } from "../../../api/events.ts";
import { jsonLines } from "../../../client/streams.ts";
import { onEvent } from "../engine/live.ts";
import { request } from "../engine/requests.ts";
import { Empty } from "../parts/empty.tsx";
import { moment, shortId } from "../parts/format.ts";
import { Search } from "../parts/search.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { linkTo, route, setQuery } from "../routing.ts";
import { texts } from "../texts/index.ts";

const MAX_EVENTS = 2000;
const HOUR_SECONDS = 3600;
const types = ["container", "image", "network", "volume", "daemon", "builder"] as const;

interface Entry {
  number: number;
  event: EventMessage;
}

let lastNumber = 0;

export function EventsPage() {
  const [entries, setEntries] = useState<readonly Entry[]>([]);
  useEffect(() => {
    const add = (events: readonly EventMessage[]): void => {
      const added = events.map((event) => ({ number: ++lastNumber, event })).reverse();
      setEntries((known) => [...added, ...known].slice(0, MAX_EVENTS));
    };
    // Bursts of events are rendered together.
    let waiting: EventMessage[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = onEvent((event) => {
      if (!event) return;
      waiting.push(event);
      timer ??= setTimeout(() => {
        timer = undefined;
        add(waiting.slice(-MAX_EVENTS));
        waiting = [];
      }, 100);
    });
    // Failed requests are ignored: the page shows that the engine is disconnected.
    pastEvents().then(add, () => {});
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, []);
  const { query } = route.value;
  const search = (query.get("search") ?? "").toLowerCase();
  const type = query.get("type") ?? "";
  const rows = entries.filter(
    ({ event }) =>
      (type === "" || event.Type === type) &&
      (search === "" || `${event.Action} ${event.Actor.ID} ${nameOf(event)}`.toLowerCase().includes(search)),
  );
  const words = texts.value.events;
  const shownColumns = useMemo(columns, [texts.value]);
  return (
    <>
      <div class="heading">
        <h1>{texts.value.pages.events}</h1>
        <Search />
        <select
          aria-label={words.type}
          value={type}
          onChange={({ currentTarget }) => setQuery({ type: currentTarget.value })}
        >
          <option value="">{texts.value.containers.all}</option>
          {types.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </div>
      {rows.length === 0 ? (
        <Empty text={words.empty} command="berth events" />
      ) : (
        <Table
          rows={rows}
          idOf={({ number }) => String(number)}
          nameOf={({ event }) => event.Action}
          columns={shownColumns}
        />
      )}
    </>
  );
}

function columns(): readonly Column<Entry>[] {
  const words = texts.value.events;
  return [
    { key: "time", title: words.time, cell: ({ event }) => moment(new Date(event.time * 1000)) },
    { key: "type", title: words.type, cell: ({ event }) => <span class="badge">{event.Type}</span>, wide: true },
    { key: "action", title: words.action, cell: ({ event }) => event.Action },
    { key: "object", title: words.object, cell: ({ event }) => <Actor event={event} /> },
  ];
}

const nameOf = ({ Actor: { ID, Attributes } }: EventMessage): string => Attributes.name ?? shortId(ID);

function Actor({ event }: { event: EventMessage }) {
  if (event.Type === "container") return <a href={linkTo("containers", [event.Actor.ID])}>{nameOf(event)}</a>;
  return <span>{nameOf(event)}</span>;
}

async function pastEvents(): Promise<EventMessage[]> {
  const now = Date.now() / 1000;
  const { body } = await request("GET", "/events", { query: { since: Math.floor(now - HOUR_SECONDS), until: now } });
  const found: EventMessage[] = [];
  if (body) for await (const event of jsonLines<EventMessage>(body)) found.push(event);
  return found;
}
