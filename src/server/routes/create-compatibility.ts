// Settings of a container that belong to one of its networks or mounts, and that clients still give for the whole
// container: each is moved to where it belongs, refused or warned about, by API version.
// Source: handleMACAddressBC, handleSysctlBC and handleVolumeDriverBC in moby's api/server/router/container.
import type { EndpointRequest } from "../../api/container-networks.ts";
import type { CreateContainerRequest } from "../../api/container-requests.ts";
import { BerthError, prefixed } from "../../api/errors.ts";
import type { ApiVersion } from "../exchange.ts";

const ENDPOINT_SYSCTLS = "com.docker.network.endpoint.sysctls";

/** Changes the request in place; the answer is warnings. @throws BerthError invalidParameter */
export function moveContainerWideSettings(version: ApiVersion, request: CreateContainerRequest): string[] {
  return [
    ...volumeDriverWarnings(version, request),
    ...moveMacAddress(version, request),
    ...moveInterfaceSysctls(version, request),
  ];
}

function volumeDriverWarnings({ minor }: ApiVersion, { HostConfig }: CreateContainerRequest): string[] {
  if (!HostConfig?.VolumeDriver || minor < 48) return [];
  const isIgnored = HostConfig.Mounts?.some(
    ({ Type, VolumeOptions }) => Type === "volume" && !VolumeOptions?.DriverConfig?.Name,
  );
  if (!isIgnored) return [];
  return [
    "WARNING: the container-wide volume-driver configuration is ignored for volumes specified via 'mount'. Use '--mount type=volume,volume-driver=...' instead",
  ];
}

/** Before API 1.44 the container-wide address is the usual one, which the engine understands. */
function moveMacAddress({ minor }: ApiVersion, request: CreateContainerRequest): string[] {
  const address = request.MacAddress;
  if (!address || minor < 44) return [];
  const mode = networkOf(request);
  if (mode !== "host" && mode !== "none" && isPrivate(mode)) {
    const endpoint = mainEndpoint(minor, request, "unable to migrate container-wide MAC address to a specific network");
    if (endpoint.MacAddress && endpoint.MacAddress !== address) {
      refuse(
        "the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty",
      );
    }
    endpoint.MacAddress = address;
    delete request.MacAddress;
  }
  return ["The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead."];
}

/** Sysctls of eth0 belong to its endpoint; since API 1.48 clients must use the driver option. */
function moveInterfaceSysctls({ minor }: ApiVersion, request: CreateContainerRequest): string[] {
  const sysctls = request.HostConfig?.Sysctls ?? {};
  if (!isPrivate(networkOf(request))) return [];
  const moved: string[] = [];
  const options: string[] = [];
  for (const [name, value] of Object.entries(sysctls)) {
    const [net, family, kind, device = "", ...rest] = name.split(".");
    if (net !== "net" || rest.length === 0 || !device.startsWith("eth")) continue;
    if (minor >= 48) {
      refuse(`interface specific sysctl setting "${name}" must be supplied using driver option '${ENDPOINT_SYSCTLS}'`);
    }
    if (device !== "eth0") {
      refuse(
        `unable to determine network endpoint for sysctl ${name}, use driver option '${ENDPOINT_SYSCTLS}' to set per-interface sysctls`,
      );
    }
    moved.push(name);
    options.push(`net.${family}.${kind}.IFNAME.${rest.join(".")}=${value}`);
  }
  if (moved.length === 0) return [];
  const endpoint = mainEndpoint(minor, request, `unable to find a network for sysctl ${moved[0]}`);
  const migrated = options.join(",");
  // The endpoint's own settings come last and override the others.
  const own = endpoint.DriverOpts?.[ENDPOINT_SYSCTLS];
  endpoint.DriverOpts = {
    ...endpoint.DriverOpts,
    [ENDPOINT_SYSCTLS]: own === undefined ? migrated : `${migrated},${own}`,
  };
  for (const name of moved) delete sysctls[name];
  return [`Migrated sysctl "${moved.join(",")}" to DriverOpts{"${ENDPOINT_SYSCTLS}":"${migrated}"}.`];
}

/** The name of the network that `NetworkMode` refers to. */
function networkOf({ HostConfig }: CreateContainerRequest): string {
  const mode = HostConfig?.NetworkMode ?? "";
  return mode === "" || mode === "default" ? "bridge" : mode;
}

const isPrivate = (mode: string): boolean => mode !== "host" && !mode.startsWith("container:");

/** The endpoint on the network of `NetworkMode`, made if the request has none at all; before API 1.44 the only one. */
function mainEndpoint(minor: number, request: CreateContainerRequest, failure: string): EndpointRequest {
  request.NetworkingConfig ??= {};
  request.NetworkingConfig.EndpointsConfig ??= {};
  const endpoints = request.NetworkingConfig.EndpointsConfig;
  const network = networkOf(request);
  const known = minor < 44 ? Object.values(endpoints)[0] : endpoints[network];
  if (known) return known;
  if (Object.keys(endpoints).some((name) => name !== network)) {
    throw prefixed(
      failure,
      new BerthError(
        "invalidParameter",
        "HostConfig.NetworkMode must match the identity of a network in NetworkSettings.Networks",
      ),
    );
  }
  const made: EndpointRequest = {};
  endpoints[network] = made;
  return made;
}

function refuse(message: string): never {
  throw new BerthError("invalidParameter", message);
}
