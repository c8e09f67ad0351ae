// Scoped sockets, a Berth extension: managed over the daemon's full socket only.
import { createSocketSchema, type SocketInspect } from "../../api/scoped-sockets.ts";
import type { ScopedSocket } from "../../engine/index.ts";
import { empty, json, type Route } from "../exchange.ts";
import type { ScopedListeners } from "../scoped-listeners.ts";

export function scopedSocketRoutes(listeners: ScopedListeners): Route[] {
  return [
    { method: "GET", pattern: "/berth/sockets", handler: () => json(listeners.list().map(inspectionOf)) },
    {
      method: "POST",
      pattern: "/berth/sockets/create",
      handler: async (exchange) => {
        const { Name, Allow, Labels = [], Group = "" } = await exchange.json(createSocketSchema);
        const socket = await listeners.create({ name: Name, allow: Allow, labels: Labels, group: Group });
        return json(inspectionOf(socket), 201);
      },
    },
    {
      method: "GET",
      pattern: "/berth/sockets/{name}",
      handler: ({ params }) => json(inspectionOf(listeners.get(params.name ?? ""))),
    },
    {
      method: "DELETE",
      pattern: "/berth/sockets/{name}",
      handler: async ({ params }) => {
        await listeners.remove(params.name ?? "");
        return empty();
      },
    },
  ];
}

function inspectionOf({ name, allow, labels, group, created, path }: ScopedSocket): SocketInspect {
  return { Name: name, Allow: allow, Labels: labels, Group: group, Created: created, Path: path };
}
