// The state machine of a container's life as a table: every state against every event, and every recorded freeze against
// what the kernel may say.
import { describe, expect, test } from "bun:test";
import {
  type Ending,
  endsByRequest,
  type Life,
  type LifeEvent,
  type Paused,
  type Running,
  reconcile,
  TransitionError,
  transition,
} from "../../../../src/engine/containers/lifecycle/transitions.ts";

const run = { process: { pid: 10, startTime: 100 }, monitor: { pid: 9, startTime: 99 } };
const stop: Ending = { reason: "stop", killAt: "2026-01-01T00:00:10Z" };
const removal: Ending = { reason: "removal", volumes: true };

const states = {
  created: { status: "created" },
  exited: { status: "exited" },
  restarting: { status: "restarting", nextAttempt: "2026-01-01T00:00:00Z" },
  removing: { status: "removing", volumes: false },
  running: { status: "running", ...run },
  pausing: { status: "running", ...run, freezing: "client" },
  committing: { status: "running", ...run, freezing: "engine" },
  paused: { status: "paused", ...run, frozenBy: "client" },
  committed: { status: "paused", ...run, frozenBy: "engine" },
  unpausing: { status: "paused", ...run, frozenBy: "client", thawing: true },
} satisfies Record<string, Life>;
type StateName = keyof typeof states;
const stateNames = [
  "created",
  "exited",
  "restarting",
  "removing",
  "running",
  "pausing",
  "committing",
  "paused",
  "committed",
  "unpausing",
] as const;

interface Row {
  event: LifeEvent;
  /** Every state in which the event is valid, with the next state. It is rejected in all others. */
  to: Partial<Record<StateName, Life>>;
}

const all = (names: readonly StateName[], life: Life): Partial<Record<StateName, Life>> =>
  Object.fromEntries(names.map((name) => [name, life]));
const active = ["running", "pausing", "committing", "paused", "committed", "unpausing"] as const;

const table: Row[] = [
  { event: { type: "started", ...run }, to: all(["created", "exited", "restarting"], states.running) },
  {
    event: { type: "startFailed" },
    to: { created: states.created, exited: states.exited, restarting: states.exited },
  },
  { event: { type: "freezing", by: "client" }, to: all(["running", "pausing", "committing"], states.pausing) },
  { event: { type: "freezing", by: "engine" }, to: all(["running", "pausing", "committing"], states.committing) },
  { event: { type: "frozen" }, to: { pausing: states.paused, committing: states.committed } },
  {
    event: { type: "thawing" },
    to: { paused: states.unpausing, unpausing: states.unpausing, committed: { ...states.committed, thawing: true } },
  },
  { event: { type: "thawed" }, to: all(active, states.running) },
  {
    event: { type: "ending", ending: stop },
    to: Object.fromEntries(active.map((name) => [name, { ...states[name], ending: stop }])),
  },
  { event: { type: "ended" }, to: all(active, states.exited) },
  { event: { type: "ended", nextAttempt: states.restarting.nextAttempt }, to: all(active, states.restarting) },
  { event: { type: "restartCancelled" }, to: { restarting: states.exited } },
  {
    event: { type: "removing", volumes: false },
    to: all(["created", "exited", "restarting", "removing"], states.removing),
  },
];

describe.each(table)("$event.type", ({ event, to }) => {
  test.each([...stateNames])("from %s", (name) => {
    const expected = to[name];
    if (expected) expect(transition(states[name], event)).toEqual(expected);
    else expect(() => transition(states[name], event)).toThrow(TransitionError);
  });
});

test("a freeze and a thaw keep the recorded stop request", () => {
  const ending = transition(states.running, { type: "ending", ending: stop });
  const events: LifeEvent[] = [
    { type: "freezing", by: "engine" },
    { type: "frozen" },
    { type: "thawing" },
    { type: "thawed" },
  ];
  expect(events.reduce(transition, ending)).toEqual({ ...states.running, ending: stop });
});

test("nothing replaces the removal of a container", () => {
  const removed = transition(states.running, { type: "ending", ending: removal });
  expect(transition(removed, { type: "ending", ending: stop })).toEqual({ ...states.running, ending: removal });
});

describe("a new daemon finds a live container", () => {
  const running: Running = { status: "running", ...run };
  const paused: Paused = { status: "paused", ...run, frozenBy: "client" };
  test.each<[string, Running | Paused, boolean, Running | Paused, boolean]>([
    ["running, not frozen", states.running, false, running, false],
    ["running, frozen by nobody", states.running, true, running, true],
    ["being paused, not frozen yet", states.pausing, false, running, false],
    ["being paused, frozen", states.pausing, true, paused, false],
    ["being frozen for a commit, not frozen yet", states.committing, false, running, false],
    ["being frozen for a commit, frozen", states.committing, true, running, true],
    ["paused, frozen", states.paused, true, paused, false],
    ["paused, no longer frozen", states.paused, false, running, false],
    ["frozen for a commit", states.committed, true, running, true],
    ["being unpaused, still frozen", states.unpausing, true, running, true],
    ["being unpaused, thawed", states.unpausing, false, running, false],
  ])("%s", (_, recorded, frozen, life, thaw) => {
    expect(reconcile(recorded, frozen)).toEqual({ life, thaw });
  });

  test("keeps a client's request", () => {
    expect(reconcile({ ...states.committed, ending: stop }, true).life).toEqual({ ...running, ending: stop });
  });
});

test("the restart policy applies to unrequested exits and unhealthy containers", () => {
  expect([undefined, { reason: "unhealthy" } as const].map(endsByRequest)).toEqual([false, false]);
  expect([stop, removal, { reason: "signal" } as const, { reason: "restart" } as const].map(endsByRequest)).toEqual([
    true,
    true,
    true,
    true,
  ]);
});
