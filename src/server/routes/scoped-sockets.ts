// Scoped sockets, a Berth extension: managed over the daemon's full socket only.
import { createSocketSchema } from "../../api/scoped-sockets.ts";
import { empty, json, type Route } from "../exchange.ts";
import type { ScopedListeners } from "../scoped-listeners.ts";

export function scopedSocketRoutes(listeners: ScopedListeners): Route[] {
  return [
    { method: "GET", pattern: "/berth/sockets", handler: () => json(listeners.list()) },
    {
      method: "POST",
      pattern: "/berth/sockets/create",
      handler: async (exchange) => json(await listeners.create(await exchange.json(createSocketSchema)), 201),
    },
    {
      method: "GET",
      pattern: "/berth/sockets/{name}",
      handler: ({ params }) => json(listeners.get(params.name ?? "")),
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
