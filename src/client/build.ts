// Builds as a client asks for them: options in words, and the request they become.
import type { BuildArguments, BuildQuery, RegistryConfiguration } from "../api/build.ts";
import { BUILD_SECRETS_HEADER, REGISTRY_CONFIGURATION_HEADER } from "../api/build.ts";
import type { Ulimit } from "../api/host-configuration.ts";
import type { RequestOptions } from "./connection.ts";

/** Sizes are bytes. */
export interface BuildOptions {
  /** The Dockerfile's path in the context; "Dockerfile" when absent. */
  dockerfile?: string | undefined;
  /** Names for the image. */
  tags?: readonly string[] | undefined;
  /** The stage to build; the last one when absent. */
  target?: string | undefined;
  platform?: string | undefined;
  /** Tells nothing but the image's ID. */
  quiet?: boolean | undefined;
  noCache?: boolean | undefined;
  /** Looks for newer images of the same names first. */
  pull?: boolean | undefined;
  /** Whether the containers of steps that succeeded go; true unless said otherwise. */
  remove?: boolean | undefined;
  /** Whether those of failed steps go, too. */
  forceRemove?: boolean | undefined;
  squash?: boolean | undefined;
  /** Null leaves a variable out, whatever the Dockerfile's own value is. */
  buildArguments?: BuildArguments | undefined;
  labels?: Readonly<Record<string, string>> | undefined;
  cacheFrom?: readonly string[] | undefined;
  networkMode?: string | undefined;
  /** Each "name:address". */
  extraHosts?: readonly string[] | undefined;
  memory?: number | undefined;
  /** Memory and swap together; -1 is no limit. */
  memorySwap?: number | undefined;
  shmSize?: number | undefined;
  cpuShares?: number | undefined;
  /** Microseconds, as is the quota. */
  cpuPeriod?: number | undefined;
  cpuQuota?: number | undefined;
  cpusetCpus?: string | undefined;
  cpusetMems?: string | undefined;
  cgroupParent?: string | undefined;
  ulimits?: readonly Ulimit[] | undefined;
  securityOptions?: readonly string[] | undefined;
  isolation?: string | undefined;
  /** By registry, as config.json has them under "auths". */
  credentials?: RegistryConfiguration | undefined;
  /** Berth's addition: what `RUN --mount=type=secret` shows, by ID. */
  secrets?: Readonly<Record<string, Uint8Array>> | undefined;
  /** What `cancelBuild` calls it. */
  buildId?: string | undefined;
  signal?: AbortSignal | undefined;
}

const encoded = (value: unknown): string =>
  Buffer.from(JSON.stringify(value)).toString("base64").replaceAll("+", "-").replaceAll("/", "_");

/** The JSON of what has something in it. */
function json(value: Readonly<Record<string, unknown>> | readonly unknown[] | undefined): string | undefined {
  return value === undefined || Object.keys(value).length === 0 ? undefined : JSON.stringify(value);
}

function limitsQuery(options: BuildOptions): BuildQuery {
  return {
    memory: options.memory,
    memswap: options.memorySwap,
    shmsize: options.shmSize,
    cpushares: options.cpuShares,
    cpuperiod: options.cpuPeriod,
    cpuquota: options.cpuQuota,
    cpusetcpus: options.cpusetCpus || undefined,
    cpusetmems: options.cpusetMems || undefined,
    cgroupparent: options.cgroupParent || undefined,
    ulimits: json(options.ulimits),
  };
}

function queryOf(options: BuildOptions, remote: string | undefined): BuildQuery {
  return {
    remote,
    dockerfile: options.dockerfile || undefined,
    t: options.tags ?? [],
    target: options.target || undefined,
    platform: options.platform || undefined,
    q: options.quiet,
    nocache: options.noCache,
    pull: options.pull,
    rm: options.remove === false ? "0" : undefined,
    forcerm: options.forceRemove,
    squash: options.squash,
    buildargs: json(options.buildArguments),
    labels: json(options.labels),
    cachefrom: json(options.cacheFrom),
    networkmode: options.networkMode || undefined,
    extrahosts: options.extraHosts ?? [],
    securityopt: options.securityOptions ?? [],
    isolation: options.isolation || undefined,
    buildid: options.buildId,
    version: "1",
    ...limitsQuery(options),
  };
}

/** @param context an archive, or the address of one that the engine fetches */
export function buildRequest(
  context: ReadableStream<Uint8Array> | Blob | string,
  options: BuildOptions,
): RequestOptions {
  const isRemote = typeof context === "string";
  const { credentials = {}, secrets = {} } = options;
  const shown = Object.entries(secrets).map(([id, value]) => [id, Buffer.from(value).toString("base64")]);
  return {
    query: queryOf(options, isRemote ? context : undefined),
    headers: {
      [REGISTRY_CONFIGURATION_HEADER]: encoded(credentials),
      ...(shown.length > 0 && { [BUILD_SECRETS_HEADER]: encoded(Object.fromEntries(shown)) }),
    },
    ...(!isRemote && { body: context, contentType: "application/x-tar" }),
    signal: options.signal,
  };
}
