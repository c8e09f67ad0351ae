// The wire's shape of an event: one JSON object a line on `GET /events`.

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
  /** The three older fields, sent below API 1.52 for containers and images. */
  status?: string;
  id?: string;
  from?: string;
}
