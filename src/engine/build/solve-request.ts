// A build request in the form common to all front ends, and its result.
import { BerthError, type ErrorKind } from "../../api/errors.ts";
import type { Platform } from "../../api/platforms.ts";
import type { ImageReference } from "../../api/references.ts";
import type { HostRequest } from "../containers/configuration/host-configuration.ts";
import type { ImageConfig } from "../images/configuration.ts";
import type { SourceLocation } from "./events.ts";
import type { BuildSession } from "./session.ts";

/** A source of a file tree. */
/** Values of `ARG`s; null counts as absent. */
export type BuildArguments = Readonly<Record<string, string | null>>;

export type ContextSource =
  /** A client directory, by its name in the session. */
  | { type: "directory"; name: string }
  /** A tar archive, compressed or not. */
  | { type: "archive"; body: AsyncIterable<Uint8Array> }
  /** A stream offered by the session: an archive, or a Dockerfile. */
  | { type: "upload"; id: string }
  /** An archive or a Dockerfile from a URL. */
  | { type: "url"; url: string }
  /** "https://host/repository.git#branch:directory". */
  | { type: "git"; remote: string; keepsGitDirectory?: boolean }
  /** No files. */
  | { type: "empty" };

/** `--build-context NAME=…`: also replaces a stage or an image of this name. */
export type NamedContext =
  | ContextSource
  | { type: "image"; reference: string }
  /** The result of another build that is still held (`target:` in bake, `service:` in Compose). */
  | { type: "result"; id: string };

export type DockerfileSource =
  /** The path in `context`; "" is "Dockerfile". */
  { type: "file"; context: ContextSource; path: string } | { type: "inline"; content: string };

/** Where to export a result. The index in the list is passed to {@link BuildSession.export}. */
export type Exporter =
  /** To the engine's image store. Without names: an untagged image. */
  | {
      type: "image";
      names: readonly ImageReference[];
      /** Whether to push the image to its registries, under all of its names. */
      pushes: boolean;
      /** Whether the client requests annotations, which the image store does not keep. */
      hasAnnotations: boolean;
    }
  | { type: "local" | "tar" };

/** Which builder's rules and messages apply. */
export type Frontend =
  /** POST /build version 1: each instruction is a cached step, with the classic builder's history. */
  { type: "classic"; keepsContainers: boolean; keepsFailedContainers: boolean } | { type: "dockerfile" };

export interface SolveRequest {
  /** Build ID, chosen by the client for cancelling; "" for none. */
  id: string;
  frontend: Frontend;
  session: BuildSession;
  context: ContextSource;
  dockerfile: DockerfileSource;
  /** By name, in lower case. */
  namedContexts: Readonly<Record<string, NamedContext>>;
  /** A stage's name or number; "" is the last one. */
  target: string;
  platform: Platform | undefined;
  arguments: BuildArguments;
  labels: Readonly<Record<string, string>>;
  /** Which stages ignore the cache. */
  noCache: "none" | "all" | { stages: readonly string[] };
  /** Whether to check registries for newer images. */
  pulls: boolean;
  /** Images whose layers may be reused. */
  cacheFrom: readonly string[];
  /** Whether only those may be reused: the classic builder's meaning of `cachefrom`. */
  cacheFromOnly: boolean;
  /** Whether the image carries its own cache (`--cache-to type=inline`). */
  inlineCache: boolean;
  exporters: readonly Exporter[];
  /** Limits, hosts and network mode of step containers. */
  hostConfig: HostRequest;
  /** "network.host", "security.insecure", "device". */
  entitlements: readonly string[];
  /** Seconds since 1970 that replace all timestamps of the result. */
  sourceDateEpoch: number | undefined;
}

/** A finished build that is not exported yet. Its images are kept until it is disposed of. */
export interface SolveResult extends Disposable {
  /** For {@link NamedContext} "result". */
  id: string;
  /** As JSON, the exporter metadata `containerimage.config`. */
  config: ImageConfig;
}

/** The answer to a subrequest about a Dockerfile (`--check`, `--call`). */
export interface Subrequest {
  type: "lint" | "outline" | "targets";
}

export interface SubrequestAnswer {
  /** The metadata of the gateway's answer: "result.json", "result.txt", "result.statuscode", "version". */
  metadata: Readonly<Record<string, string>>;
}

/** A failed build, with the details that clients show. */
export class BuildError extends BerthError {
  /** The failed vertex. */
  readonly vertex: string | undefined;
  readonly location: SourceLocation | undefined;
  /** The exit status of the failed command. */
  readonly exitCode: number | undefined;

  constructor(
    kind: ErrorKind,
    message: string,
    details: { vertex?: string; location?: SourceLocation; exitCode?: number; cause?: unknown },
  ) {
    super(kind, message, details.cause);
    this.vertex = details.vertex;
    this.location = details.location;
    this.exitCode = details.exitCode;
  }
}
