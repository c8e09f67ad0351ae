// Events of containers, with the attributes that all of them carry.
import type { Events } from "../events.ts";
import type { Container } from "./container.ts";

/** @param more attributes of this event only */
export function publish(events: Events, container: Container, action: string, more: Record<string, string> = {}): void {
  events.publish("container", action, container.id, container.eventAttributes(more));
}
