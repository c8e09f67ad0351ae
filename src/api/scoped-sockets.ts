// API types of scoped sockets, a Berth extension: further unix sockets that serve a part of the API.
import * as v from "valibot";
import { type SocketScope, socketScopes } from "./socket-scopes.ts";

export const createSocketSchema = v.object({
  Name: v.string(),
  Allow: v.array(v.picklist(socketScopes)),
  /** "name" or "name=value": the socket shows only containers with all of these labels. */
  Labels: v.optional(v.array(v.string())),
  /** A group's name or number; without it only root may connect. */
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
