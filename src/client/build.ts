// Build options, and their request.
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
  /** Send only the image's ID. */
  quiet?: boolean | undefined;
  noCache?: boolean | undefined;
  /** Always check for newer base images. */
  pull?: boolean | undefined;
  /** Remove the containers of successful steps; true by default. */
  remove?: boolean | undefined;
  /** Remove those of failed steps too. */
  forceRemove?: boolean | undefined;
  squash?: boolean | undefined;
  /** Null unsets a variable, whatever its value in the Dockerfile. */
  buildArguments?: BuildArguments | undefined;
  labels?: Readonly<Record<string, string>> | undefined;
  cacheFrom?: readonly string[] | undefined;
  networkMode?: string | undefined;
  /** Each "name:address". */
  extraHosts?: readonly string[] | undefined;
  memory?: number | undefined;
  /** Memory and swap together; -1 is unlimited. */
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
  /** By registry, as under "auths" in config.json. */
  credentials?: RegistryConfiguration | undefined;
  /** Berth extension: values for `RUN --mount=type=secret`, by ID. */
  secrets?: Readonly<Record<string, Uint8Array>> | undefined;
  /** The ID for `cancelBuild`. */
  buildId?: string | undefined;
  /** Berth's addition: builds as BuildKit does, and answers with the changes of the steps. */
  graph?: GraphBuildOptions | undefined;
  signal?: AbortSignal | undefined;
}

export interface GraphBuildOptions {
  /** Stages that ignore the cache. */
  noCacheFilter?: readonly string[] | undefined;
  /** Named contexts: "docker-image://REFERENCE", the URL of a repository or an archive, or "local:NAME" of the session. */
  contexts?: Readonly<Record<string, string>> | undefined;
  /** What the steps may be allowed: "network.host", "security.insecure". */
  allow?: readonly string[] | undefined;
  /** The ID of a session opened by `POST /session`, which provides directories and SSH agents. */
  session?: string | undefined;
  /** Answers about the Dockerfile instead of building it. */
  call?: BuildQuery["call"];
}

const encoded = (value: unknown): string =>
  Buffer.from(JSON.stringify(value)).toString("base64").replaceAll("+", "-").replaceAll("/", "_");

/** The JSON of a value; undefined for an empty one. */
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
    ...(options.graph && {
      events: true,
      nocachefilter: json(options.graph.noCacheFilter),
      contexts: json(options.graph.contexts),
      allow: json(options.graph.allow),
      session: options.graph.session,
      call: options.graph.call,
    }),
  };
}

/** @param context an archive, or a URL that the engine fetches */
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
