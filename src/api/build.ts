// The wire's shapes for builds: what clients ask of `POST /build` and `POST /build/prune`, what the engine answers.
// The answer to a build is a stream of `ProgressLine`s: `stream` as it happens, `aux` for the image, `error` at a failure.
import * as v from "valibot";
import { type RegistryCredentials, registryCredentialsSchema } from "./images.ts";

/** Parameters without a value are left out. Flags are off without theirs, but `rm`, which is on. Sizes are bytes. */
export type BuildQuery = {
  /** Where the context comes from when it is not the body: a URL of a Dockerfile or of an archive. */
  remote?: string | undefined;
  /** The Dockerfile's path in the context; "Dockerfile" when absent. */
  dockerfile?: string | undefined;
  /** Names of the image. */
  t?: readonly string[] | undefined;
  /** The stage to build, by its name or number; the last one when absent. */
  target?: string | undefined;
  platform?: string | undefined;
  /** Tells nothing but the image's ID. */
  q?: boolean | undefined;
  nocache?: boolean | undefined;
  /** Looks for newer images of the same names first. */
  pull?: boolean | undefined;
  /** Whether the containers of steps that succeeded go. */
  rm?: "0" | "1" | undefined;
  /** Whether those of failed steps go, too. */
  forcerm?: boolean | undefined;
  squash?: boolean | undefined;
  /** JSON of {@link buildArgumentsSchema}. */
  buildargs?: string | undefined;
  /** JSON of an object of texts. */
  labels?: string | undefined;
  /** JSON of a list of names of images whose steps may be taken instead of built. */
  cachefrom?: string | undefined;
  networkmode?: string | undefined;
  /** Each "name:address". */
  extrahosts?: readonly string[] | undefined;
  memory?: number | undefined;
  /** Memory and swap together; -1 is no limit. */
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
  /** What `POST /build/cancel?id=` calls the build. */
  buildid?: string | undefined;
  /** "1"; "2" is BuildKit's, which needs a session and is refused. */
  version?: string | undefined;
};

/** The values of `ARG`s; null is as good as none. */
export const buildArgumentsSchema = v.record(v.string(), v.nullable(v.string()));
export type BuildArguments = v.InferOutput<typeof buildArgumentsSchema>;

/** The header of the credentials for every registry a build may pull from: base64url of {@link registryConfigurationSchema}. */
export const REGISTRY_CONFIGURATION_HEADER = "X-Registry-Config";
export const registryConfigurationSchema = v.record(v.string(), registryCredentialsSchema);
export type RegistryConfiguration = Record<string, RegistryCredentials>;

/**
 * Berth's addition: the header of the secrets of a build (`RUN --mount=type=secret`): base64url of
 * {@link buildSecretsSchema}. All headers of a request together have 128 KiB.
 */
export const BUILD_SECRETS_HEADER = "X-Build-Secrets";
/** Values, by the secret's ID, in base64. */
export const buildSecretsSchema = v.record(v.string(), v.string());
export type BuildSecrets = v.InferOutput<typeof buildSecretsSchema>;

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
  /** The result of a step, a directory of `RUN --mount=type=cache`, or a context as it was last time. */
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
