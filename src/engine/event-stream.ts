// The events of one subscriber: past ones on request, then new ones until its end time.
import { BerthError } from "../api/errors.ts";
import type { Log } from "../api/log.ts";
import { nowNanoseconds } from "../api/time.ts";
import { PullQueue } from "../async/pull-queue.ts";
import type { EngineEvent, Events } from "./events.ts";
import { type FilterFields, Filters } from "./filters.ts";

export const eventFilterKeys = [
  "config",
  "container",
  "daemon",
  "event",
  "image",
  "label",
  "network",
  "node",
  "plugin",
  "scope",
  "secret",
  "service",
  "type",
  "volume",
] as const;

/** Events that may wait for a slow subscriber before it is dropped. */
const MAX_WAITING = 10_000;
const MAX_TIMER = 2 ** 31 - 1;

export interface EventQuery {
  /** Nanoseconds since 1970. */
  since: bigint | undefined;
  until: bigint | undefined;
  filters: FilterFields;
  signal: AbortSignal;
}

/** Validates the query at once. The iteration ends at `until` or with the signal. @throws BerthError invalidParameter */
export function streamEvents(events: Events, query: EventQuery, log: Log): AsyncIterable<EngineEvent> {
  const { since, until, signal } = query;
  const filters = Filters.of(query.filters, eventFilterKeys);
  if (since !== undefined && until !== undefined && until < since) {
    throw new BerthError(
      "invalidParameter",
      `\`since\` time (${seconds(since)}) cannot be after \`until\` time (${seconds(until)})`,
    );
  }
  const remaining = until === undefined ? undefined : Number((until - nowNanoseconds()) / 1_000_000n);
  const subscription = new Subscription(pastEvents(events, query, filters), signal);
  if (remaining !== undefined && remaining <= 0) subscription.finish();
  else subscription.follow(events, filters, remaining, log);
  return subscription;
}

/** The events that wait for one subscriber. Closing it ends the subscription and the timer. */
class Subscription implements AsyncIterable<EngineEvent> {
  private readonly waiting: EngineEvent[];
  private readonly cleanups: (() => void)[] = [];
  private readonly queue: PullQueue<EngineEvent>;

  constructor(past: EngineEvent[], signal: AbortSignal) {
    this.waiting = past;
    this.queue = new PullQueue({ take: () => this.waiting.shift(), release: () => this.finish() });
    if (signal.aborted) this.queue.end();
    const finish = () => this.finish();
    signal.addEventListener("abort", finish, { once: true });
    this.cleanups.push(() => signal.removeEventListener("abort", finish));
  }

  follow(events: Events, filters: Filters, milliseconds: number | undefined, log: Log): void {
    if (this.queue.isEnded) return;
    const unsubscribe = events.subscribe((event) => {
      if (!matchesEvent(filters, event)) return;
      this.waiting.push(event);
      if (this.waiting.length > MAX_WAITING) {
        log.warn("dropping slow event subscriber");
        this.finish();
      }
      this.queue.wake();
    });
    this.cleanups.push(unsubscribe);
    if (milliseconds === undefined || milliseconds > MAX_TIMER) return;
    const timer = setTimeout(() => this.finish(), milliseconds);
    this.cleanups.push(() => clearTimeout(timer));
  }

  finish(): void {
    for (const cleanup of this.cleanups.splice(0)) cleanup();
    this.queue.end();
  }

  [Symbol.asyncIterator](): AsyncIterator<EngineEvent> {
    return this.queue;
  }
}

/** Whether an event passes all filters; names and IDs of containers, networks and volumes match by prefix. */
export function matchesEvent(filters: Filters, event: EngineEvent): boolean {
  const { type, action, id, attributes } = event;
  const name = attributes.name ?? "";
  const imageName = (type === "image" ? attributes.name : attributes.image) ?? "";
  return (
    filters.exact("type", type) &&
    filters.exact("scope", "local") &&
    matchesAction(filters, action) &&
    namedTypes.every((key) => filters.prefix(key, id, name)) &&
    absentTypes.every((key) => !filters.has(key)) &&
    filters.exact("image", id, imageName, withoutTag(imageName)) &&
    filters.labels("label", attributes)
  );
}

const namedTypes = ["container", "daemon", "network", "volume"] as const;
const absentTypes = ["config", "node", "plugin", "secret", "service"] as const;

/** Actions with details after a colon ("exec_start: sh") match by their first word. */
function matchesAction(filters: Filters, action: string): boolean {
  return filters.exact("event", action, action.split(":", 1)[0] ?? action);
}

function withoutTag(reference: string): string {
  return reference.replace(/:[^/:]*$/, "");
}

function pastEvents(events: Events, { since, until }: EventQuery, filters: Filters): EngineEvent[] {
  if (since === undefined && until === undefined) return [];
  return events
    .past()
    .filter((event) => event.at >= (since ?? 0n) && (until === undefined || event.at <= until))
    .filter((event) => matchesEvent(filters, event));
}

function seconds(nanoseconds: bigint): string {
  return String(nanoseconds / 1_000_000_000n);
}
