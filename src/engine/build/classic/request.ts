// Parses the query and headers of `POST /build` version 1.
import type { Platform } from "../../../api/platforms.ts";
import type { ImageReference } from "../../../api/references.ts";
import type { RegistryCredentials } from "../../../registry/credentials.ts";
import type { HostRequest } from "../../containers/configuration/host-configuration.ts";
import type { TransferEvent } from "../../images/progress.ts";
import { isGitUrl } from "../contexts/git-source.ts";
import type { BuildSession } from "../session.ts";
import type { BuildArguments, ContextSource, SolveRequest } from "../solve-request.ts";
import { RequestSession } from "./session.ts";

export interface ClassicBuildRequest {
  /** Build ID, chosen by the client for cancelling; "" for none. */
  id: string;
  /** The context's URL; "" is the request body. */
  remote: string;
  /** The Dockerfile's path in the context. */
  dockerfile: string;
  tags: ImageReference[];
  /** A stage's name or number; "" is the last one. */
  target: string;
  platform: Platform | undefined;
  isQuiet: boolean;
  usesCache: boolean;
  /** Whether to check registries for newer images. */
  pulls: boolean;
  /** Whether to remove the containers of successful steps. */
  removes: boolean;
  /** Whether to remove those of failed steps, too. */
  removesFailed: boolean;
  arguments: BuildArguments;
  labels: Record<string, string>;
  /** Image names; if any, only their steps may be reused. */
  cacheFrom: string[];
  /** Limits and networks of step containers. */
  hostConfig: HostRequest;
  /** By registry. */
  credentials: Readonly<Record<string, RegistryCredentials>>;
  /** Values in base64, by ID. */
  secrets: Record<string, string>;
}

/** What a classic build tells its client. */
export type ClassicEvent =
  /** Text as the client prints it. */
  | { type: "output"; text: string }
  /** A stage is built: its image. */
  | { type: "image"; id: string }
  /** Of a pull of a base image. */
  | { type: "transfer"; event: TransferEvent };

/** Who watches a classic build. */
export interface Audience {
  tell(event: ClassicEvent): void;
  /** Resolves when the client is not far behind. */
  reader: () => Promise<void>;
}

/** As Docker's, takes "github.com/…" for a repository. */
function contextOf(remote: string, body: AsyncIterable<Uint8Array>): ContextSource {
  if (remote === "") return { type: "archive", body };
  if (remote.startsWith("github.com/")) return { type: "git", remote: `https://${remote}` };
  return isGitUrl(remote) ? { type: "git", remote } : { type: "url", url: remote };
}

/** @param client the client's session, where it has one */
export function solveRequestOf(
  request: ClassicBuildRequest,
  body: AsyncIterable<Uint8Array>,
  client?: BuildSession,
): SolveRequest {
  const { id, remote, dockerfile, target, platform, arguments: given, labels, pulls, cacheFrom, hostConfig } = request;
  const context = contextOf(remote, body);
  return {
    id,
    // `forcerm` alone also removes the containers of steps that succeeded.
    frontend: {
      type: "classic",
      keepsContainers: !request.removes && !request.removesFailed,
      keepsFailedContainers: !request.removesFailed,
    },
    session: new RequestSession(request, client),
    context,
    dockerfile: { type: "file", context, path: dockerfile },
    namedContexts: {},
    target,
    platform,
    arguments: given,
    labels,
    noCache: request.usesCache ? "none" : "all",
    pulls,
    cacheFrom,
    cacheFromOnly: cacheFrom.length > 0,
    inlineCache: false,
    exporters: [{ type: "image", names: request.tags, pushes: false, hasAnnotations: false }],
    hostConfig,
    entitlements: [],
    sourceDateEpoch: undefined,
  };
}
