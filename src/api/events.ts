// API type of events: one JSON object per line of `GET /events`.

export type EventType = "container" | "image" | "network" | "volume" | "daemon" | "builder";

export interface EventMessage {
  Type: EventType;
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
  scope: "local";
  /** Seconds since 1970. */
  time: number;
  /** Nanoseconds since 1970; past 2^53, so the last digits are rounded unless it is written as text. */
  timeNano: number;
  /** Three older fields, for containers and images. */
  status?: string;
  id?: string;
  from?: string;
}
