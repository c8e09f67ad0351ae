// What happened, as it happens: the engine's services publish, `GET /events` and the engine itself subscribe.
// The last 256 events are kept for those who ask for the past, as Docker keeps them.
import type { EventType } from "../api/events.ts";
import { nowNanoseconds } from "../api/time.ts";

const KEPT_EVENTS = 256;

/** One event. `attributes` keep their order on the wire; `at` is nanoseconds since 1970. */
export interface EngineEvent {
  type: EventType;
  action: string;
  id: string;
  attributes: Record<string, string>;
  at: bigint;
}

export type EventListener = (event: EngineEvent) => void;

/** Nanoseconds since 1970, strictly rising within this process so that events have an order. */
export function makeClock(): () => bigint {
  let last = 0n;
  return () => {
    const now = nowNanoseconds();
    last = now > last ? now : last + 1n;
    return last;
  };
}

export class Events {
  private readonly clock = makeClock();
  private readonly listeners = new Set<EventListener>();
  private readonly kept: EngineEvent[] = [];

  publish(type: EventType, action: string, id: string, attributes: Record<string, string> = {}): void {
    const event = { type, action, id, attributes, at: this.clock() };
    this.kept.push(event);
    if (this.kept.length > KEPT_EVENTS) this.kept.shift();
    for (const listener of [...this.listeners]) listener(event);
  }

  /** The kept events, oldest first. */
  past(): readonly EngineEvent[] {
    return [...this.kept];
  }

  get listenerCount(): number {
    return this.listeners.size;
  }

  /** Calls `listener` for every event from now on; the answer ends the subscription. */
  subscribe(listener: EventListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
