// BuildKit's protocol: connections that are upgraded to gRPC. The code behind it is loaded when the first client asks.
import { BerthError } from "../../api/errors.ts";
import type { Log } from "../../api/log.ts";
import type { Exchange, HijackedConnection, Reply, Route } from "../exchange.ts";
import { duplexOf } from "../http/duplex.ts";

export function buildkitRoutes({ log }: { log: Log }): Route[] {
  const control = once(async () => {
    const { refusingServer } = await import("../../buildkit/refusal.ts");
    return refusingServer(log);
  });
  return [
    {
      method: "POST",
      pattern: "/grpc",
      handler: (exchange) => upgraded(exchange, async (connection) => (await control()).serve(duplexOf(connection))),
    },
    { method: "POST", pattern: "/session", handler: (exchange) => upgraded(exchange, async () => {}) },
  ];
}

/** @throws BerthError invalidParameter when the request does not upgrade to HTTP/2 */
function upgraded({ headers }: Exchange, run: (connection: HijackedConnection) => Promise<void>): Reply {
  const protocol = headers.get("upgrade") ?? "";
  if (protocol === "") throw new BerthError("invalidParameter", "no upgrade proto in request");
  if (protocol !== "h2c") throw new BerthError("invalidParameter", `protocol ${protocol} not supported`);
  return { type: "hijack", contentType: "", upgrade: { protocol, fields: {} }, run };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
