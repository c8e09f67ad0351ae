// The events that a client receives: past ones since `since`, new ones until `until`.
import { describe, expect, test } from "bun:test";
import { type FilterFields, parseFilters } from "../../../src/api/filters.ts";
import type { Log } from "../../../src/api/log.ts";
import { eventFilterKeys, matchesEvent, streamEvents } from "../../../src/engine/event-stream.ts";
import { type EngineEvent, Events } from "../../../src/engine/events.ts";
import { Filters } from "../../../src/engine/filters.ts";
import { formatEvent } from "../../../src/server/routes/events.ts";

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };
const none: FilterFields = new Map();
const now = () => BigInt(Date.now()) * 1_000_000n;

async function actions(stream: AsyncIterable<EngineEvent>): Promise<string[]> {
  const seen: string[] = [];
  for await (const event of stream) seen.push(event.action);
  return seen;
}

test("a past `until` ends the stream at once", async () => {
  const events = new Events();
  for (const action of ["create", "start", "die"]) events.publish("container", action, "id");
  const [, second] = events.past();
  const at = second?.at ?? 0n;
  const ask = (since: bigint | undefined, until: bigint | undefined) =>
    actions(streamEvents(events, { since, until, filters: none, signal: new AbortController().signal }, quiet));
  expect(await ask(undefined, at)).toEqual(["create", "start"]);
  expect(await ask(at, at)).toEqual(["start"]);
});

test("without since and until streams new events until the client disconnects", async () => {
  const events = new Events();
  events.publish("container", "create", "id");
  const gone = new AbortController();
  const stream = streamEvents(
    events,
    { since: undefined, until: undefined, filters: none, signal: gone.signal },
    quiet,
  );
  events.publish("container", "start", "id");
  const seen = actions(stream);
  events.publish("container", "die", "id");
  gone.abort();
  expect(await seen).toEqual(["start", "die"]);
  expect(events.listenerCount).toBe(0);
});

test("an unread stream is released when the client disconnects", () => {
  const events = new Events();
  const gone = new AbortController();
  streamEvents(events, { since: undefined, until: undefined, filters: none, signal: gone.signal }, quiet);
  expect(events.listenerCount).toBe(1);
  gone.abort();
  expect(events.listenerCount).toBe(0);
});

test("`until` in the future ends the stream", async () => {
  const events = new Events();
  const stream = streamEvents(
    events,
    { since: now(), until: now() + 50_000_000n, filters: none, signal: new AbortController().signal },
    quiet,
  );
  events.publish("container", "start", "id");
  expect(await actions(stream)).toEqual(["start"]);
});

test("disconnects a slow client", async () => {
  const events = new Events();
  const stream = streamEvents(
    events,
    { since: undefined, until: undefined, filters: none, signal: new AbortController().signal },
    quiet,
  );
  for (let n = 0; n < 10_005; n++) events.publish("container", "start", "id");
  expect(events.listenerCount).toBe(0);
  expect((await actions(stream)).length).toBe(10_001);
});

test("rejects `since` after `until`", () => {
  expect(() =>
    streamEvents(
      new Events(),
      { since: 2_000_000_000n, until: 1_000_000_000n, filters: none, signal: new AbortController().signal },
      quiet,
    ),
  ).toThrow("`since` time (2) cannot be after `until` time (1)");
});

describe("filters", () => {
  const start: EngineEvent = {
    type: "container",
    action: "start",
    id: "0123456789ab",
    attributes: { image: "reg:5000/app:1.2", name: "web", tier: "front" },
    at: 1n,
  };
  const exec = { ...start, action: "exec_start: sh -c true" };
  const healthy = { ...start, action: "health_status: healthy" };
  const pull: EngineEvent = {
    type: "image",
    action: "pull",
    id: "busybox:latest",
    attributes: { name: "busybox" },
    at: 2n,
  };
  test.each([
    [{ type: ["container"] }, start, true],
    [{ type: ["image"] }, start, false],
    [{ event: ["start", "die"] }, start, true],
    [{ event: ["exec_start"] }, exec, true],
    [{ event: ["exec_start: sh -c true"] }, exec, true],
    [{ event: ["exec"] }, exec, false],
    [{ event: ["health_status"] }, healthy, true],
    [{ event: ["health_status: unhealthy"] }, healthy, false],
    [{ container: ["web"] }, start, true],
    [{ container: ["0123"] }, start, true],
    [{ container: ["other"] }, start, false],
    [{ container: ["web"] }, pull, false],
    [{ image: ["reg:5000/app"] }, start, true],
    [{ image: ["reg:5000/app:1.2"] }, start, true],
    [{ image: ["app"] }, start, false],
    [{ image: ["busybox"] }, pull, true],
    [{ label: ["tier=front"] }, start, true],
    [{ label: ["tier=back"] }, start, false],
    [{ scope: ["local"] }, start, true],
    [{ scope: ["swarm"] }, start, false],
    [{ service: ["x"] }, start, false],
    [{ type: ["container"], event: ["die"] }, start, false],
  ])("%j", (filters, event, expected) => {
    expect(matchesEvent(Filters.of(parseFilters(JSON.stringify(filters)), eventFilterKeys), event)).toBe(expected);
  });
});

describe("on the wire", () => {
  test("a container's event, with exact nanoseconds", () => {
    const event: EngineEvent = {
      type: "container",
      action: "die",
      id: "abc",
      attributes: { name: "web", exitCode: "0", image: "busybox" },
      at: 1_763_715_600_123_456_789n,
    };
    expect(formatEvent(event)).toBe(
      '{"status":"die","id":"abc","from":"busybox","Type":"container","Action":"die","Actor":{"ID":"abc","Attributes":{"exitCode":"0","image":"busybox","name":"web"}},"scope":"local","time":1763715600,"timeNano":1763715600123456789}\n',
    );
  });

  test("a network's event has no older fields", () => {
    const text = formatEvent({ type: "network", action: "create", id: "n", attributes: {}, at: 5n });
    expect(JSON.parse(text)).toEqual({
      Type: "network",
      Action: "create",
      Actor: { ID: "n", Attributes: {} },
      scope: "local",
      time: 0,
      timeNano: 5,
    });
  });
});
