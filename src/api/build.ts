// API types of builds: `POST /build` and `POST /build/prune`. A build answers with a stream of `ProgressLine`s: `stream` for
// output, `aux` for the image, `error` for a failure.
import * as v from "valibot";
import { type RegistryCredentials, registryCredentialsSchema } from "./images.ts";

/** Flags are off by default, except `rm`. Sizes are bytes. */
export type BuildQuery = {
  /** The URL of a Dockerfile or an archive, instead of a context in the body. */
  remote?: string | undefined;
  /** The Dockerfile's path in the context; "Dockerfile" when absent. */
  dockerfile?: string | undefined;
  /** Names of the image. */
  t?: readonly string[] | undefined;
  /** The stage to build, by its name or number; the last one when absent. */
  target?: string | undefined;
  platform?: string | undefined;
  /** Send only the image's ID. */
  q?: boolean | undefined;
  nocache?: boolean | undefined;
  /** Always check for newer base images. */
  pull?: boolean | undefined;
  /** Remove the containers of successful steps. */
  rm?: "0" | "1" | undefined;
  /** Remove those of failed steps too. */
  forcerm?: boolean | undefined;
  squash?: boolean | undefined;
  /** JSON of {@link buildArgumentsSchema}. */
  buildargs?: string | undefined;
  /** JSON of an object of strings. */
  labels?: string | undefined;
  /** JSON of a list of images that serve as a cache. */
  cachefrom?: string | undefined;
  networkmode?: string | undefined;
  /** Each "name:address". */
  extrahosts?: readonly string[] | undefined;
  memory?: number | undefined;
  /** Memory and swap together; -1 is unlimited. */
  memswap?: number | undefined;
  shmsize?: number | undefined;
  cpushares?: number | undefined;
  /** Microseconds. */
  cpuperiod?: number | undefined;
  /** Microseconds. */
  cpuquota?: number | undefined;
  cpusetcpus?: string | undefined;
  cpusetmems?: string | undefined;
  cgroupparent?: string | undefined;
  /** JSON of a list of `ulimitSchema`. */
  ulimits?: string | undefined;
  securityopt?: readonly string[] | undefined;
  isolation?: string | undefined;
  /** The ID for `POST /build/cancel?id=`. */
  buildid?: string | undefined;
  /** "1"; "2" is BuildKit's, which needs a session. */
  version?: string | undefined;
  /** Berth's addition: builds as BuildKit does, and answers with `BuildStatus` lines. */
  events?: boolean | undefined;
  /** With `events`: JSON of the stages that ignore the cache. */
  nocachefilter?: string | undefined;
  /**
   * With `events`: JSON of an object of named contexts: "docker-image://REFERENCE", the URL of a repository or archive,
   * or "local:NAME", a directory of the client's session.
   */
  contexts?: string | undefined;
  /** With `events`: the ID of the client's session (`POST /session`). */
  session?: string | undefined;
  /** With `events`: answers about the Dockerfile instead of building it. */
  call?: "lint" | "outline" | "targets" | undefined;
  /** With `events`: JSON of a list of entitlements. */
  allow?: string | undefined;
};

/** Values of `ARG`s; null counts as absent. */
export const buildArgumentsSchema = v.record(v.string(), v.nullable(v.string()));
export type BuildArguments = v.InferOutput<typeof buildArgumentsSchema>;

/** The header of the credentials for every registry a build may pull from: base64url of {@link registryConfigurationSchema}. */
export const REGISTRY_CONFIGURATION_HEADER = "X-Registry-Config";
export const registryConfigurationSchema = v.record(v.string(), registryCredentialsSchema);
export type RegistryConfiguration = Record<string, RegistryCredentials>;

/**
 * Berth extension: the header of the secrets of a build (`RUN --mount=type=secret`): base64url of
 * {@link buildSecretsSchema}. All headers of a request together have 128 KiB.
 */
export const BUILD_SECRETS_HEADER = "X-Build-Secrets";
/** Values, by the secret's ID, in base64. */
export const buildSecretsSchema = v.record(v.string(), v.string());

/** What `aux` of a build's line holds: the ID of an image it made; that of the last such line is the build's. */
export interface BuildResult {
  ID: string;
}

/** `dryRun` and `plan` are Berth's, as for every prune. */
export interface PruneBuildCacheAnswer {
  /** IDs. */
  CachesDeleted: string[] | null;
  /** Bytes. */
  SpaceReclaimed: number;
}

/** What builds keep for later ones, as `/system/df` shows it. Times are RFC 3339. */
export interface BuildCacheRecord {
  ID: string;
  /** The result of a step, a directory of `RUN --mount=type=cache`, or the previous version of a context. */
  Type: "regular" | "exec.cachemount" | "source.local";
  Description: string;
  InUse: boolean;
  /** Whether its bytes are those of an image as well. */
  Shared: boolean;
  /** Bytes. */
  Size: number;
  CreatedAt: string;
  LastUsedAt: string | null;
  UsageCount: number;
}
