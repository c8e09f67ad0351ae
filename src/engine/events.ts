// The engine's events: services publish, clients and services subscribe. The last 256 are kept, as in Docker.
import { nowNanoseconds } from "../api/time.ts";

const KEPT_EVENTS = 256;

export type EventType = "container" | "image" | "network" | "volume" | "daemon" | "builder";

/** One event. `attributes` keep their order on the wire; `at` is nanoseconds since 1970. */
export interface EngineEvent {
  type: EventType;
  action: string;
  id: string;
  attributes: Record<string, string>;
  at: bigint;
}

export type EventListener = (event: EngineEvent) => void;

/** Nanoseconds since 1970, strictly increasing within this process so that events are ordered. */
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

  /** Calls `listener` for every new event. Returns a function that ends the subscription. */
  subscribe(listener: EventListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
