// Converts the flags of `run` and `create` to the request body. Most values are validated by the engine.

import { resolve } from "node:path";
import {
  configOptions,
  hostOptions,
  limitOptions,
  namespaceOptions,
  resourceOptions,
} from "../../api/container-options.ts";
import type { CreateContainerRequest } from "../../api/container-requests.ts";
import { pairsOf } from "../../api/pairs.ts";
import { CommandError } from "../failure.ts";
import type { FlagValues } from "../flags/flag.ts";
import { readCapabilities } from "./capabilities.ts";
import { readDevices } from "./devices.ts";
import { readEnvironment, readLabels } from "./environment.ts";
import type { createFlags } from "./flags.ts";
import { checkMacAddress, networkingOptions } from "./networks.ts";
import { optionFields } from "./options.ts";
import { planPorts } from "./ports.ts";
import { readSecurityOptions } from "./security.ts";
import { readHealthcheck, readRestartPolicy, restartPolicyOf } from "./supervision.ts";

export type CreateValues = FlagValues<ReturnType<typeof createFlags>>;

type ContainerPart = Omit<CreateContainerRequest, "HostConfig" | "NetworkingConfig">;
type HostPart = NonNullable<CreateContainerRequest["HostConfig"]>;

const isContainerMode = (mode: string): boolean => /^container:.+/.test(mode);

function checkModes(flags: CreateValues): void {
  if (!["", "host"].includes(flags.pid) && !isContainerMode(flags.pid)) {
    throw new CommandError("--pid: invalid PID mode");
  }
  if (!["", "host"].includes(flags.uts)) throw new CommandError("--uts: invalid UTS mode");
  if (!["", "host"].includes(flags.userns)) throw new CommandError("--userns: invalid USER mode");
  if (!["", "host", "private"].includes(flags.cgroupns)) throw new CommandError("--cgroupns: invalid CGROUP mode");
}

/** Makes paths that start with a dot absolute: they refer to the client's machine. */
function absoluteBind(bind: string): string {
  const colon = bind.indexOf(":");
  if (!/^\.{1,2}(\/|$)/.test(bind.slice(0, colon))) return bind;
  return `${resolve(bind.slice(0, colon))}${bind.slice(colon)}`;
}

/** Values shorter than this are always paths of anonymous volumes. */
const MIN_BIND_LENGTH = 2;

/** @throws CommandError; like Docker's command, treats a single letter before a colon as a Windows drive */
function checkSections(volume: string): void {
  if (volume.trim() === "") throw new CommandError("invalid empty volume spec");
  const sections = volume.replace(/(?<=^|:)[A-Za-z]:/g, "drive").split(":");
  if (volume.length > MIN_BIND_LENGTH && sections.includes("")) {
    throw new CommandError(`invalid spec: ${volume}: empty section between colons`);
  }
  if (sections.length > 3) throw new CommandError(`invalid spec: ${volume}: too many colons`);
}

function volumesOf(flags: CreateValues): { binds: string[]; anonymous: Record<string, Record<string, never>> } {
  const binds: string[] = [];
  const anonymous: Record<string, Record<string, never>> = {};
  // Docker ignores exact duplicates.
  for (const volume of new Set(flags.volume)) {
    checkSections(volume);
    if (volume.length > MIN_BIND_LENGTH && volume.includes(":")) binds.push(absoluteBind(volume));
    else anonymous[volume] = {};
  }
  return { binds, anonymous };
}

/** Parses "path:options" pairs with optional options. */
function tmpfsOf(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const [path = "", options = ""] = text.split(/:(.*)/s);
      return [path, options];
    }),
  );
}

function storageOptionsOf(given: readonly string[]): Record<string, string> {
  if (given.some((text) => !text.includes("="))) throw new CommandError("invalid storage option");
  return pairsOf(given);
}

function logConfigOf(flags: CreateValues): HostPart["LogConfig"] {
  const options = flags["log-opt"];
  if (flags["log-driver"] === "none" && options.length > 0)
    throw new CommandError("invalid logging opts for driver none");
  return {
    Type: flags["log-driver"],
    Config: pairsOf(options),
  };
}

function swappinessOf(swappiness: number | undefined): number | undefined {
  if (swappiness === undefined || swappiness === -1) return undefined;
  if (swappiness >= 0 && swappiness <= 100) return swappiness;
  throw new CommandError(`invalid value: ${swappiness}. Valid memory swappiness range is 0-100`);
}

/** Docker's command omits some empty lists, which `inspect` shows as null, and sends others. */
function unlessEmpty<T>(list: readonly T[]): T[] | undefined {
  return list.length > 0 ? [...list] : undefined;
}

function hostPart(flags: CreateValues, given: ReadonlySet<string>, binds: string[]): HostPart {
  const devices = readDevices(flags.device);
  const security = readSecurityOptions(flags["security-opt"]);
  const capabilities = readCapabilities(flags["cap-add"], flags["cap-drop"]);
  return {
    ...optionFields(resourceOptions, flags, given),
    ...optionFields(limitOptions, flags, given),
    ...optionFields(hostOptions, flags, given),
    ...optionFields(namespaceOptions, flags, given),
    Ulimits: flags.ulimit.toSorted((a, b) => (a.Name < b.Name ? -1 : 1)),
    MemorySwappiness: swappinessOf(flags["memory-swappiness"]),
    Binds: unlessEmpty(binds),
    CapAdd: unlessEmpty(capabilities.added),
    CapDrop: unlessEmpty(capabilities.dropped),
    DeviceRequests: unlessEmpty([...flags.gpus, ...devices.requests]),
    Devices: devices.mappings,
    LogConfig: logConfigOf(flags),
    MaskedPaths: security.systemPathsUnconfined ? [] : undefined,
    Mounts: flags.mount.map((mount) => ({ ...mount })),
    ReadonlyPaths: security.systemPathsUnconfined ? [] : undefined,
    RestartPolicy: restartPolicyOf(flags),
    Secrets: unlessEmpty(flags.secret),
    SecurityOpt: unlessEmpty(security.options),
    StorageOpt: storageOptionsOf(flags["storage-opt"]),
    Tmpfs: tmpfsOf(flags.tmpfs),
  };
}

/** The attached streams: those given by --attach, else the outputs, plus stdin with --interactive. */
function attachmentsOf(flags: CreateValues): Pick<ContainerPart, "AttachStdin" | "AttachStdout" | "AttachStderr"> {
  const none = flags.attach.length === 0;
  return {
    AttachStdin: flags.attach.includes("stdin") || flags.interactive,
    AttachStdout: none || flags.attach.includes("stdout"),
    AttachStderr: none || flags.attach.includes("stderr"),
  };
}

/** @throws CommandError in Docker's words */
export function createRequest(
  flags: CreateValues,
  given: ReadonlySet<string>,
  image: string,
  commandLine: readonly string[],
): CreateContainerRequest {
  checkModes(flags);
  if (flags.rm && !["", "no"].includes(readRestartPolicy(flags.restart).Name ?? "")) {
    throw new CommandError("conflicting options: cannot specify both --restart and --rm");
  }
  if (flags["use-api-socket"]) {
    throw new CommandError("--use-api-socket is not part of Berth: mount the engine's socket with --volume instead");
  }
  checkMacAddress(flags["mac-address"]);
  const { binds, anonymous } = volumesOf(flags);
  const ports = planPorts(flags.publish, flags.expose);
  const networks = networkingOptions(flags.network, {
    aliases: flags["network-alias"],
    links: flags.link,
    linkLocal: flags["link-local-ip"],
    ip: flags.ip,
    ip6: flags.ip6,
    mac: flags["mac-address"],
  });
  const attachments = attachmentsOf(flags);
  const host = hostPart(flags, given, binds);
  const config: ContainerPart = {
    ...attachments,
    ...optionFields(configOptions, flags, given),
    ExposedPorts: ports.exposed,
    OpenStdin: flags.interactive,
    StdinOnce: flags.interactive && attachments.AttachStdin,
    Env: readEnvironment(flags["env-file"], flags.env),
    Cmd: commandLine.length > 0 ? [...commandLine] : undefined,
    Image: image,
    Volumes: anonymous,
    Entrypoint: given.has("entrypoint") ? [flags.entrypoint] : undefined,
    Labels: readLabels(flags["label-file"], flags.label),
    Healthcheck: readHealthcheck(flags),
  };
  return {
    ...config,
    HostConfig: { ...host, NetworkMode: networks.mode, PortBindings: ports.bindings },
    NetworkingConfig: { EndpointsConfig: networks.endpoints },
  };
}
