// The engine's settings with their defaults.

import { isIP } from "node:net";
import { resolve } from "node:path";
import { BerthError } from "../../api/errors.ts";
import { parseSize, SizeError } from "../../api/sizes.ts";
import { checkLogDriver, type EngineConfig, parseLogSize } from "../../engine/index.ts";
import { buildCachePolicies, buildEntitlements } from "./builder.ts";
import type { Settings } from "./options.ts";

/** The first is that of Docker's default bridge; the rest are split into networks of 254 addresses. */
const ADDRESS_POOLS = [
  { base: "172.17.0.0/16", size: 16 },
  { base: "172.18.0.0/15", size: 24 },
  { base: "172.20.0.0/14", size: 24 },
  { base: "172.24.0.0/13", size: 24 },
  { base: "192.168.0.0/16", size: 24 },
];

const DEFAULT_RUNTIME = "crun";

const MEBIBYTE = 1024 * 1024;

export function engineConfig(settings: Settings): EngineConfig {
  const dataRoot = resolve(settings["data-root"] ?? "/var/lib/berth");
  return {
    dataRoot,
    buildCachePolicies: buildCachePolicies(settings.builder ?? {}, dataRoot, bytesOf),
    buildEntitlements: buildEntitlements(settings.builder ?? {}),
    execRoot: resolve(settings["exec-root"] ?? "/run/berth"),
    debug: settings.debug ?? false,
    insecureRegistries: settings["insecure-registries"] ?? [],
    registryMirrors: (settings["registry-mirrors"] ?? []).map(checkMirror),
    registries: Object.fromEntries(
      Object.entries(settings.registries ?? {}).map(([host, registry]) => [
        host,
        { ...registry, mirrors: registry.mirrors ?? [] },
      ]),
    ),
    proxies: {
      http:
        settings["http-proxy"] ??
        settings.proxies?.["http-proxy"] ??
        process.env.HTTP_PROXY ??
        process.env.http_proxy ??
        "",
      https:
        settings["https-proxy"] ??
        settings.proxies?.["https-proxy"] ??
        process.env.HTTPS_PROXY ??
        process.env.https_proxy ??
        "",
      no: settings["no-proxy"] ?? settings.proxies?.["no-proxy"] ?? process.env.NO_PROXY ?? process.env.no_proxy ?? "",
    },
    keepLayerArchives: settings["keep-layer-archives"] ?? true,
    maxConcurrentDownloads: settings["max-concurrent-downloads"] ?? 3,
    maxConcurrentUploads: settings["max-concurrent-uploads"] ?? 5,
    maxDownloadAttempts: settings["max-download-attempts"] ?? 5,
    defaultRuntime: checkDefaultRuntime(settings["default-runtime"] ?? DEFAULT_RUNTIME, settings),
    runtimes: settings.runtimes ?? {},
    logBudget: settings["log-budget"] === undefined ? undefined : parseLogSize(settings["log-budget"]),
    ...checkLogging(settings["log-driver"] ?? "json-file", settings["log-opts"] ?? {}),
    bip: checkSubnet(settings.bip ?? "", 4),
    bip6: checkSubnet(settings.bip6 ?? "", 6),
    fixedCidr: checkSubnet(settings["fixed-cidr"] ?? "", 4),
    fixedCidrV6: checkSubnet(settings["fixed-cidr-v6"] ?? "", 6),
    icc: settings.icc ?? true,
    ip: checkAddress(settings.ip ?? "0.0.0.0"),
    defaultNetworkOptions: settings["default-network-opts"] ?? {},
    bridge: checkBridgeName(settings.bridge ?? "berth0"),
    defaultAddressPools: (settings["default-address-pools"] ?? ADDRESS_POOLS).map(checkPool),
    ipv6: settings.ipv6 ?? true,
    ipForward: settings["ip-forward"] ?? true,
    ipMasq: settings["ip-masq"] ?? true,
    mtu: settings.mtu ?? 1500,
    dns: (settings.dns ?? []).map(checkAddress),
    dnsOptions: settings["dns-opts"] ?? [],
    dnsSearch: settings["dns-search"] ?? [],
    hostGatewayIps: hostGatewayIps(settings),
    labels: (settings.labels ?? []).map(checkLabel),
    usernsRemap: settings["userns-remap"] ?? "",
    cgroupParent: settings["cgroup-parent"] ?? "",
    defaultUlimits: Object.fromEntries(
      Object.entries(settings["default-ulimits"] ?? {}).map(([name, limit]) => [
        name,
        { name, soft: limit.Soft, hard: limit.Hard },
      ]),
    ),
    defaultCgroupnsMode: settings["default-cgroupns-mode"],
    defaultIpcMode: settings["default-ipc-mode"] ?? "private",
    defaultShmSize: bytesOf(settings["default-shm-size"] ?? 64 * MEBIBYTE),
    seccompProfile: settings["seccomp-profile"] ?? "",
    noNewPrivileges: settings["no-new-privileges"] ?? false,
    init: settings.init ?? false,
    initPath: settings["init-path"] ?? "",
    shutdownTimeout: settings["shutdown-timeout"] ?? 15,
  };
}

function refuse(message: string): never {
  throw new BerthError("invalidParameter", message);
}

/** A program that is to be found by its name need not be named in the configuration. */
function checkDefaultRuntime(name: string, { runtimes = {} }: Settings): string {
  if (name === DEFAULT_RUNTIME || Object.hasOwn(runtimes, name) || Bun.which(name) !== null) return name;
  return refuse(`specified default runtime '${name}' does not exist`);
}

function checkBridgeName(name: string): string {
  if (name === "none") return refuse("a default bridge cannot be left out (bridge: none)");
  return /^[^\s/:]{1,15}$/.test(name) ? name : refuse(`invalid bridge name: ${JSON.stringify(name)}`);
}

function checkSubnet(text: string, family: 4 | 6): string {
  const isOfFamily = isIP(text.split("/")[0] ?? "") === family;
  return text === "" || (isNetwork(text) && isOfFamily) ? text : refuse(`invalid CIDR address: ${text}`);
}

function checkPool(pool: { base: string; size: number }): { base: string; size: number } {
  const length = Number(pool.base.split("/")[1]);
  const longest = pool.base.includes(":") ? 128 : 32;
  if (!isNetwork(pool.base)) return refuse(`invalid base pool ${JSON.stringify(pool.base)}: not a CIDR address`);
  if (!Number.isInteger(pool.size) || pool.size < length || pool.size > longest) {
    return refuse(`invalid default address pool ${pool.base}: the size must be between ${length} and ${longest}`);
  }
  return pool;
}

function isNetwork(text: string): boolean {
  const [address = "", length = "", ...rest] = text.split("/");
  const version = isIP(address);
  return version !== 0 && rest.length === 0 && /^\d{1,3}$/.test(length) && Number(length) <= (version === 4 ? 32 : 128);
}

function checkAddress(address: string): string {
  return isIP(address) === 0 ? refuse(`${address} is not an ip address`) : address;
}

/** Docker's older key has one address, or two separated by a comma. */
function hostGatewayIps(settings: Settings): string[] {
  const single = (settings["host-gateway-ip"] ?? "").split(",").filter((address) => address !== "");
  return (settings["host-gateway-ips"] ?? single).map((address) => checkAddress(address.trim()));
}

function checkLogging(logDriver: string, logOpts: Record<string, string>): Pick<EngineConfig, "logDriver" | "logOpts"> {
  checkLogDriver(logDriver, logOpts);
  return { logDriver, logOpts };
}

function checkLabel(label: string): string {
  return /^[^=\s]+=/.test(label) ? label : refuse(`bad attribute format: ${label}`);
}

function checkMirror(mirror: string): string {
  const url = URL.parse(mirror);
  if (!url || !["http:", "https:"].includes(url.protocol)) {
    return refuse(`invalid mirror: ${JSON.stringify(mirror)} is not an http or https URL`);
  }
  if (url.search !== "" || url.hash !== "" || url.username !== "") {
    return refuse(`invalid mirror: query, fragment or user at the end of the URI ${JSON.stringify(mirror)}`);
  }
  return mirror.endsWith("/") ? mirror : `${mirror}/`;
}

/** "64m", "1gb", "1.5GiB" or a number of bytes. */
export function bytesOf(size: string | number): number {
  if (typeof size === "number") return size;
  try {
    return parseSize(size.trim());
  } catch (thrown) {
    if (thrown instanceof SizeError) return refuse(thrown.message);
    throw thrown;
  }
}
