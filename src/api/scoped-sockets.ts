// The wire's shapes for scoped sockets, Berth's own: further unix sockets that answer only part of the API.
import * as v from "valibot";

/** What a scoped socket may allow; everything else is answered 403. */
export const socketScopes = ["read", "events", "logs", "control"] as const;
export type SocketScope = (typeof socketScopes)[number];

export const createSocketSchema = v.object({
  Name: v.string(),
  Allow: v.array(v.picklist(socketScopes)),
  /** "name" or "name=value": only containers with all of these exist for the socket's clients. */
  Labels: v.optional(v.array(v.string())),
  /** A group's name or number; without it, root alone may connect. */
  Group: v.optional(v.string()),
});
export type CreateSocketRequest = v.InferOutput<typeof createSocketSchema>;

export interface SocketInspect {
  Name: string;
  Allow: SocketScope[];
  Labels: string[];
  Group: string;
  Created: string;
  /** The socket's file, alone in its directory so that the directory can be mounted into a container. */
  Path: string;
}
