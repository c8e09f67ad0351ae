// The engine's configuration: daemon.json and the daemon's flags, parsed and validated.

import type { OwnOrHost } from "./containers/configuration/namespace-modes.ts";
import type { Ulimit } from "./containers/configuration/option-fields.ts";

/** Keys have Docker's names in camel case; unset ones have their defaults. */
export interface EngineConfig {
  /** builder.gc: applied in order after each build; without policies nothing is pruned automatically. */
  buildCachePolicies: BuildCachePolicy[];
  /** builder.entitlements: what a build may be granted on its client's request. */
  buildEntitlements: BuildEntitlements;
  /** State that survives a reboot: /var/lib/berth. */
  dataRoot: string;
  /** State that does not: /run/berth. */
  execRoot: string;
  debug: boolean;
  /** Registries without TLS or with an unverified certificate; "host[:port]" or a CIDR. */
  insecureRegistries: string[];
  /** Mirrors of Docker Hub, as URLs. */
  registryMirrors: string[];
  /** Berth extension: mirrors of any registry, by its host. */
  registries: Record<string, RegistryConfig>;
  /** Proxies as URLs; `no` lists hosts, domains and networks that are reached directly. */
  proxies: { http: string; https: string; no: string };
  /** Berth extension: keep the archives of unpacked layers, which a push needs. */
  keepLayerArchives: boolean;
  maxConcurrentDownloads: number;
  maxConcurrentUploads: number;
  /** Attempts per blob. */
  maxDownloadAttempts: number;
  defaultRuntime: string;
  /** Further OCI runtimes by name. */
  runtimes: Record<string, { path: string; runtimeArgs?: string[] }>;
  logDriver: string;
  logOpts: Record<string, string>;
  /** Berth extension: bytes for the logs of all containers together; undefined is a share of the filesystem. */
  logBudget: number | undefined;
  /** The default bridge's address with its prefix length ("172.17.0.1/16"); empty: from the pools. */
  bip: string;
  /** The same over IPv6. */
  bip6: string;
  /** The range of containers' addresses on the default bridge; empty: the whole subnet. */
  fixedCidr: string;
  /** The default bridge's IPv6 subnet; empty: from the pools. */
  fixedCidrV6: string;
  /** Whether containers on the default bridge can reach each other. */
  icc: boolean;
  /** The host's address for published ports of the default bridge that name none. */
  ip: string;
  /** Default driver options of new networks, by driver. */
  defaultNetworkOptions: Record<string, Record<string, string>>;
  /** Name of the default bridge; must differ from another engine's. */
  bridge: string;
  defaultAddressPools: { base: string; size: number }[];
  ipv6: boolean;
  ipForward: boolean;
  ipMasq: boolean;
  mtu: number;
  dns: string[];
  dnsOptions: string[];
  dnsSearch: string[];
  /** The addresses of host-gateway; empty: the default bridge's. */
  hostGatewayIps: string[];
  labels: string[];
  usernsRemap: string;
  cgroupParent: string;
  defaultUlimits: Record<string, Ulimit>;
  /** Undefined: depends on the cgroup version. */
  defaultCgroupnsMode: OwnOrHost | undefined;
  defaultIpcMode: "private" | "shareable";
  defaultShmSize: number;
  seccompProfile: string;
  noNewPrivileges: boolean;
  init: boolean;
  initPath: string;
  shutdownTimeout: number;
}

export interface RegistryConfig {
  /** Tried in this order before the registry; a path in the URL is put before the repository. */
  mirrors: { url: string; username?: string; password?: string; ca?: string }[];
  insecure?: boolean;
  /** Whether to fall back to the registry; true when absent. */
  fallback?: boolean;
}

/** What is pruned automatically from the build cache. Bytes; 0 means no limit. */
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
