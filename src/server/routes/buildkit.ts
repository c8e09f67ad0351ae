// BuildKit's protocol: connections that are upgraded to HTTP/2. The code behind it is loaded when the first client asks.
import { BerthError } from "../../api/errors.ts";
import type { BuildKit } from "../../buildkit/buildkit.ts";
import type { readOpening } from "../../buildkit/session/sessions.ts";
import type { Engine } from "../../engine/index.ts";
import { duplexOf } from "../../grpc/connection-stream.ts";
import type { Exchange, HijackedConnection, Reply, Route } from "../exchange.ts";

/** Loads the code on the first call. */
export type LoadBuildKit = () => Promise<{ buildkit: BuildKit; readOpening: typeof readOpening }>;

export function buildkitLoader(engine: Engine): LoadBuildKit {
  let loading: ReturnType<LoadBuildKit> | undefined;
  const load: LoadBuildKit = async () => {
    const { openBuildKit, readOpening } = await import("../../buildkit/index.ts");
    return { buildkit: openBuildKit(engine), readOpening };
  };
  return () => {
    loading ??= load();
    return loading;
  };
}

export function buildkitRoutes(loaded: LoadBuildKit): Route[] {
  return [
    {
      method: "POST",
      pattern: "/grpc",
      handler: (exchange) =>
        upgraded(exchange, async (connection) => (await loaded()).buildkit.serve(duplexOf(connection))),
    },
    {
      method: "POST",
      pattern: "/session",
      handler: async (exchange) => {
        const { buildkit, readOpening } = await loaded();
        const reply = upgraded(exchange, (connection) => buildkit.serveSession(opening, duplexOf(connection)));
        const opening = readOpening((name) => exchange.headers.get(name));
        buildkit.sessions.refuseKnown(opening.id);
        return reply;
      },
    },
  ];
}

/** @throws BerthError invalidParameter when the request does not upgrade to HTTP/2 */
function upgraded({ headers }: Exchange, run: (connection: HijackedConnection) => Promise<void>): Reply {
  const protocol = headers.get("upgrade") ?? "";
  if (protocol === "") throw new BerthError("invalidParameter", "no upgrade proto in request");
  if (protocol !== "h2c") throw new BerthError("invalidParameter", `protocol ${protocol} not supported`);
  return { type: "hijack", contentType: "", upgrade: { protocol, fields: {} }, run };
}
