// The engine's settings, as its services see them: daemon.json and the daemon's flags, already read and checked.

/** Keys keep Docker's names (in camel case) and meaning; what a user did not set is already filled with the default. */
export interface EngineConfig {
  /** builder.gc: carried out one after the other when a build has ended; none: nothing is removed by itself. */
  buildCachePolicies: BuildCachePolicy[];
  /** builder.entitlements: what a build may be granted when its client asks for it. */
  buildEntitlements: BuildEntitlements;
  /** Where everything lives that survives a reboot: /var/lib/berth. */
  dataRoot: string;
  /** Where everything lives that does not: /run/berth. */
  execRoot: string;
  debug: boolean;
  /** Registries spoken to without TLS or with an unverified certificate; "host[:port]" or a CIDR. */
  insecureRegistries: string[];
  /** Mirrors of Docker Hub, as URLs. */
  registryMirrors: string[];
  /** Berth's own: mirrors of any registry, by its host. */
  registries: Record<string, RegistryConfig>;
  /** Proxies to the outside, as URLs; `no` lists hosts, domains and networks that are reached directly. */
  proxies: { http: string; https: string; no: string };
  /** Berth's own: whether the archives of layers stay after they are unpacked; a push wants them. */
  keepLayerArchives: boolean;
  maxConcurrentDownloads: number;
  maxConcurrentUploads: number;
  /** How often one blob is tried. */
  maxDownloadAttempts: number;
  defaultRuntime: string;
  /** Further OCI runtimes by name. */
  runtimes: Record<string, { path: string; runtimeArgs?: string[] }>;
  logDriver: string;
  logOpts: Record<string, string>;
  /** Berth's own: bytes for the logs of all containers together; undefined is a share of the file system. */
  logBudget: number | undefined;
  /** The default bridge's own address with its prefix length ("172.17.0.1/16"); empty: taken from the pools. */
  bip: string;
  /** The same over IPv6. */
  bip6: string;
  /** The part of the default bridge's subnet that containers' addresses come from; empty: all of it. */
  fixedCidr: string;
  /** The default bridge's IPv6 subnet; empty: taken from the pools. */
  fixedCidrV6: string;
  /** Whether containers of the default bridge reach each other. */
  icc: boolean;
  /** The host's address that the default bridge's ports are published on, where none is named. */
  ip: string;
  /** Driver options of new networks that do not give them, by driver. */
  defaultNetworkOptions: Record<string, Record<string, string>>;
  /** Name of the default bridge interface; another engine's must not clash. */
  bridge: string;
  defaultAddressPools: { base: string; size: number }[];
  ipv6: boolean;
  ipForward: boolean;
  ipMasq: boolean;
  mtu: number;
  dns: string[];
  dnsOptions: string[];
  dnsSearch: string[];
  /** The addresses that host-gateway stands for; none: the default bridge's own. */
  hostGatewayIps: string[];
  labels: string[];
  usernsRemap: string;
  cgroupParent: string;
  defaultUlimits: Record<string, { Name: string; Soft: number; Hard: number }>;
  /** "host" or "private"; empty: what fits the version of control groups. */
  defaultCgroupnsMode: string;
  /** "shareable" or "private". */
  defaultIpcMode: string;
  defaultShmSize: number;
  seccompProfile: string;
  noNewPrivileges: boolean;
  init: boolean;
  initPath: string;
  shutdownTimeout: number;
}

export interface RegistryConfig {
  /** Asked in this order before the registry itself; a path in the URL goes before the repository's. */
  mirrors: { url: string; username?: string; password?: string; ca?: string }[];
  insecure?: boolean;
  /** Whether the registry itself is asked when no mirror could answer; true when absent. */
  fallback?: boolean;
}

/** What of the build cache may go by itself. Bytes; 0 for no bound. */
export interface BuildCachePolicy {
  /** Whether what images share with the cache goes from it, too. */
  all: boolean;
  /** As of `builder prune`: each "key=value". */
  filters: string[];
  reservedSpace: number;
  maxUsedSpace: number;
  minFreeSpace: number;
}

export interface BuildEntitlements {
  networkHost: boolean;
  securityInsecure: boolean;
}
