// The endpoints of a registry: its mirrors in order, then the registry itself, over TLS or plain HTTP.
import { lookup } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { BerthError } from "../api/errors.ts";
import { type Certificates, readCertificates } from "./certificates.ts";
import { isInNetworks, isLoopback, networkList, splitHost } from "./networks.ts";
import type { ProxySettings } from "./proxy.ts";

/** The registry client's part of the engine's configuration, read for each operation. */
export interface RegistrySettings {
  insecureRegistries: readonly string[];
  /** Mirrors of Docker Hub, as URLs. */
  registryMirrors: readonly string[];
  registries: Readonly<Record<string, RegistryRules>>;
  proxies: ProxySettings;
}

export interface MirrorSettings {
  url: string;
  username?: string | undefined;
  password?: string | undefined;
  /** Path of a PEM file. */
  ca?: string | undefined;
}

export interface RegistryRules {
  mirrors: readonly MirrorSettings[];
  insecure?: boolean | undefined;
  fallback?: boolean | undefined;
}

export interface Endpoint {
  /** The registry's host as given in the reference, such as "docker.io". */
  domain: string;
  /** Ends in a slash; a mirror's path is prepended to the repository's. */
  base: URL;
  isMirror: boolean;
  certificates: Certificates;
  /** Whether certificates are verified. */
  verifies: boolean;
  /** A mirror's own; the user's are only sent to the registry. */
  credentials?: { username: string; password: string };
}

export const DOCKER_HUB = "docker.io";
const DOCKER_HUB_HOST = "registry-1.docker.io";

/** The endpoints to try, in order. @throws BerthError invalidParameter for invalid rules */
export async function endpointsOf(domain: string, settings: RegistrySettings): Promise<Endpoint[]> {
  const rules = settings.registries[domain];
  const hubMirrors: MirrorSettings[] = domain === DOCKER_HUB ? settings.registryMirrors.map((url) => ({ url })) : [];
  const mirrors = [...(rules?.mirrors ?? []), ...hubMirrors].map(async ({ url, username, password, ca }) => {
    const endpoint = await endpointAt(domain, baseUrl(url), settings, true);
    if (ca) endpoint.certificates.authorities.push(readFileSync(ca, "utf8"));
    if (username !== undefined) endpoint.credentials = { username, password: password ?? "" };
    return endpoint;
  });
  const own = rules?.fallback === false && mirrors.length > 0 ? [] : originsOf(domain, settings);
  return [...(await Promise.all(mirrors)), ...(await own)];
}

/** The registry itself: an insecure one over unverified TLS first, then over plain HTTP. */
export async function originsOf(domain: string, settings: RegistrySettings): Promise<Endpoint[]> {
  const host = domain === DOCKER_HUB ? DOCKER_HUB_HOST : domain;
  const overTls = await endpointAt(domain, new URL(`https://${host}/`), settings, false);
  if (overTls.verifies) return [overTls];
  return [overTls, { ...overTls, base: new URL(`http://${host}/`) }];
}

async function endpointAt(domain: string, base: URL, settings: RegistrySettings, isMirror: boolean): Promise<Endpoint> {
  const isInsecure = settings.registries[domain]?.insecure === true && !isMirror;
  return {
    domain,
    base,
    isMirror,
    certificates: readCertificates(base.host),
    verifies: !isInsecure && !(await isInsecureHost(base.host, settings.insecureRegistries)),
  };
}

function baseUrl(text: string): URL {
  const url = URL.parse(text);
  if (!url || !["http:", "https:"].includes(url.protocol)) {
    throw new BerthError("invalidParameter", `invalid mirror: ${JSON.stringify(text)} is not an http or https URL`);
  }
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/** Whether the list has the host by name or by one of its addresses; loopback hosts are always insecure. */
export async function isInsecureHost(hostAndPort: string, insecure: readonly string[]): Promise<boolean> {
  const { host } = splitHost(hostAndPort);
  if (isLoopback(host) || insecure.some((entry) => entry === hostAndPort || entry === host)) return true;
  const networks = insecure.filter((entry) => entry.includes("/"));
  if (networks.length === 0) return false;
  const list = networkList(networks);
  return (await addressesOf(host)).some((address) => isInNetworks(list, address));
}

async function addressesOf(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    // A host without an address is in no network; connecting to it will report the error.
    return [];
  }
}
