// A build as every front door asks for it, and what comes of it.
import type { BuildArguments } from "../../api/build.ts";
import { BerthError, type ErrorKind } from "../../api/errors.ts";
import type { Platform } from "../../api/platforms.ts";
import type { ImageReference } from "../../api/references.ts";
import type { HostRequest } from "../containers/configuration/host-configuration.ts";
import type { ImageConfig } from "../images/configuration.ts";
import type { SourceLocation } from "./events.ts";
import type { BuildSession } from "./session.ts";

/** Where a tree of files comes from. */
export type ContextSource =
  /** A directory of the client's, by the session's name of it. */
  | { type: "directory"; name: string }
  /** A tar archive, compressed or not. */
  | { type: "archive"; body: AsyncIterable<Uint8Array> }
  /** A stream that the session offers: an archive, or a Dockerfile. */
  | { type: "upload"; id: string }
  /** An archive or a Dockerfile by HTTP. */
  | { type: "url"; url: string }
  /** "https://host/repository.git#branch:directory". */
  | { type: "git"; remote: string }
  /** No files at all. */
  | { type: "empty" };

/** `--build-context NAME=…`: also takes the place of a stage or an image of this name. */
export type NamedContext =
  | ContextSource
  | { type: "image"; reference: string }
  /** The result of another build that is still held (`target:` in bake, `service:` in Compose). */
  | { type: "result"; id: string };

export type DockerfileSource =
  /** The path in `context`; "" is "Dockerfile". */
  { type: "file"; context: ContextSource; path: string } | { type: "inline"; content: string };

/** Where a result goes. The position in the list is the number that {@link BuildSession.export} is called with. */
export type Exporter =
  /** Into the engine's images. Without names: an image without a tag. */
  | {
      type: "image";
      names: readonly ImageReference[];
      /** Whether its registries get the image as well, under all of its names. */
      pushes: boolean;
      /** Whether the client asks for annotations, which the image store does not keep. */
      hasAnnotations: boolean;
    }
  | { type: "local" | "tar" };

/** Whose rules and words a build follows. */
export type Frontend =
  /** POST /build version 1: each instruction is a step of the cache, histories in the classic builder's words. */
  { type: "classic"; keepsContainers: boolean; keepsFailedContainers: boolean } | { type: "dockerfile" };

export interface SolveRequest {
  /** The client's name of the build, to cancel it by; "" for none. */
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
  /** Whether registries are asked for newer images of the same names. */
  pulls: boolean;
  /** Names of images whose layers may be taken instead of built. */
  cacheFrom: readonly string[];
  /** Whether only they may be: the classic builder's meaning of `cachefrom`. */
  cacheFromOnly: boolean;
  /** Whether the image carries its own cache (`--cache-to type=inline`). */
  inlineCache: boolean;
  exporters: readonly Exporter[];
  /** Limits, hosts and network mode of the containers that run steps. */
  hostConfig: HostRequest;
  /** "network.host", "security.insecure", "device". */
  entitlements: readonly string[];
  /** Seconds since 1970 that replace all times of the result. */
  sourceDateEpoch: number | undefined;
}

/** A finished build that is exported nowhere yet. What it stands on is kept until it is disposed of. */
export interface SolveResult extends Disposable {
  /** For {@link NamedContext} "result". */
  id: string;
  /** As JSON it is the exporter metadata `containerimage.config`. */
  config: ImageConfig;
}

/** Answer to a request for a description of a Dockerfile instead of a build (`--check`, `--call`). */
export interface Subrequest {
  type: "lint" | "outline" | "targets";
}

export interface SubrequestAnswer {
  /** The metadata of the gateway's answer: "result.json", "result.txt", "result.statuscode", "version". */
  metadata: Readonly<Record<string, string>>;
}

/** A failed build, with what clients show of it. */
export class BuildError extends BerthError {
  /** The vertex that failed. */
  readonly vertex: string | undefined;
  readonly location: SourceLocation | undefined;
  /** The status of the command that failed. */
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
