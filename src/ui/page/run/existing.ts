// The settings that create a container like an existing one: what its image does not say already.
import type { ContainerInspect } from "../../../api/containers.ts";
import type { ImageInspect } from "../../../api/images.ts";
import { formatDuration } from "../../../api/time.ts";
import { quoted } from "../containers/words.ts";
import { noSettings, type RunSettings } from "./line.ts";
import { rows } from "./options.ts";

/** Fields that the form has itself. */
const inForm = new Set([
  "AutoRemove",
  "Hostname",
  "Init",
  "Memory",
  "NanoCpus",
  "Privileged",
  "ReadonlyRootfs",
  "Tty",
  "User",
  "WorkingDir",
]);

/** Values that an engine fills in where nothing was asked for. */
const usual: Readonly<Record<string, readonly unknown[]>> = {
  CgroupnsMode: ["private", "host"],
  IpcMode: ["private", "shareable"],
  Runtime: ["crun", "runc"],
  ShmSize: [64 * 1024 * 1024],
  StopSignal: ["SIGTERM"],
  StopTimeout: [10],
};

const differs = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one ?? null) !== JSON.stringify(other ?? null);

type Container = Pick<ContainerInspect, "Id" | "Name" | "Config" | "HostConfig" | "Mounts">;
type ImageConfig = Partial<ImageInspect["Config"]>;

/** @throws Error for a setting that the form cannot write */
export function settingsOfContainer(container: Container, image: ImageConfig): RunSettings {
  const { Config, HostConfig, Name, Id } = container;
  const [entrypoint, ...entrypointArguments] = differs(Config.Entrypoint, image.Entrypoint)
    ? (Config.Entrypoint ?? [])
    : [];
  const needsCommand = entrypoint !== undefined || differs(Config.Cmd, image.Cmd);
  const { RestartPolicy, Memory, NanoCpus } = HostConfig;
  const policy = RestartPolicy?.Name ?? "";
  const retries = RestartPolicy?.MaximumRetryCount ?? 0;
  const network = HostConfig.NetworkMode ?? "";
  const imageLabels = image.Labels ?? {};
  return {
    ...noSettings,
    image: Config.Image ?? "",
    command: [...entrypointArguments, ...(needsCommand ? (Config.Cmd ?? []) : [])],
    entrypoint: entrypoint ?? "",
    name: Name.replace(/^\//, ""),
    publish: Object.entries(HostConfig.PortBindings ?? {}).flatMap(([port, bindings]) =>
      (bindings ?? []).map((binding) => published(port, binding.HostIp ?? "", binding.HostPort ?? "")),
    ),
    volume: [...(HostConfig.Binds ?? []), ...anonymousVolumes(container)],
    env: (Config.Env ?? []).filter((entry) => !(image.Env ?? []).includes(entry)),
    label: Object.entries(Config.Labels ?? {})
      .filter(([name, value]) => imageLabels[name] !== value)
      .map(([name, value]) => `${name}=${value}`),
    options: optionsOf(container, image),
    network: network === "default" || network === "bridge" ? "" : network,
    restart: policy === "no" ? "" : `${policy}${retries > 0 ? `:${retries}` : ""}`,
    memory: Memory ? sizeText(Memory) : "",
    cpus: NanoCpus ? String(NanoCpus / 1e9) : "",
    user: differs(Config.User, image.User) ? (Config.User ?? "") : "",
    workdir: differs(Config.WorkingDir, image.WorkingDir) ? (Config.WorkingDir ?? "") : "",
    hostname: Config.Hostname && !Id.startsWith(Config.Hostname) && network !== "host" ? Config.Hostname : "",
    tty: Config.Tty ?? false,
    interactive: Config.OpenStdin ?? false,
    rm: HostConfig.AutoRemove ?? false,
    privileged: HostConfig.Privileged ?? false,
    "read-only": HostConfig.ReadonlyRootfs ?? false,
    init: HostConfig.Init ?? false,
  };
}

/** Volumes that the engine created for the image's or the command's paths. */
const anonymousVolumes = ({ HostConfig, Mounts }: Container): string[] =>
  Mounts.filter(
    ({ Type, Name, Destination }) =>
      Type === "volume" &&
      Name !== undefined &&
      !(HostConfig.Binds ?? []).some((bind) => bind.split(":").includes(Destination)) &&
      !(HostConfig.Mounts ?? []).some(({ Target }) => Target === Destination),
  ).map(({ Name, Destination }) => `${Name}:${Destination}`);

function published(port: string, address: string, hostPort: string): string {
  const host = address.includes(":") ? `[${address}]` : address;
  return [...(host === "" ? [] : [host]), ...(hostPort === "" && host === "" ? [] : [hostPort]), port]
    .join(":")
    .replace(/\/tcp$/, "");
}

/** "256m" for whole mebibytes. */
function sizeText(bytes: number): string {
  const mebibytes = bytes / 1024 ** 2;
  return Number.isInteger(mebibytes) ? `${mebibytes}m` : String(bytes);
}

/** @throws Error for a setting that the form cannot write */
function optionsOf({ Config, HostConfig }: Container, image: ImageConfig): string[] {
  const sources: Record<"config" | "host", Readonly<Record<string, unknown>>> = {
    config: { ...Config },
    host: { ...HostConfig },
  };
  const imageConfig: Readonly<Record<string, unknown>> = { ...image };
  const options = rows.flatMap(({ row, name, where }) => {
    const value = sources[where][name];
    if (inForm.has(name) || usual[name]?.includes(value)) return [];
    if (where === "config" && !differs(value, imageConfig[name])) return [];
    // Docker's default: as much swap as memory.
    if (name === "MemorySwap" && value === 2 * (HostConfig.Memory ?? 0)) return [];
    return written(row, value);
  });
  for (const [path, text] of Object.entries(HostConfig.Tmpfs ?? {}))
    options.push(`--tmpfs ${quoted(text === "" ? path : `${path}:${text}`)}`);
  for (const { PathOnHost, PathInContainer, CgroupPermissions } of HostConfig.Devices ?? [])
    options.push(`--device ${quoted(`${PathOnHost}:${PathInContainer}:${CgroupPermissions}`)}`);
  for (const mount of HostConfig.Mounts ?? []) {
    const { Type, Source, Target, ReadOnly, ...further } = mount;
    const other = Object.entries(further).find(([, value]) => differs(value, undefined) && value !== "");
    if (other) throw new Error(`the form has no field for ${other[0]} of the mount at ${Target ?? ""}`);
    const parts = [`type=${Type ?? "volume"}`, ...(Source ? [`source=${Source}`] : []), `target=${Target ?? ""}`];
    options.push(`--mount ${quoted([...parts, ...(ReadOnly ? ["readonly"] : [])].join(","))}`);
  }
  for (const [key, text] of Object.entries(HostConfig.StorageOpt ?? {}))
    options.push(`--storage-opt ${quoted(`${key}=${text}`)}`);
  const { Type = "", Config: logOptions = {} } = HostConfig.LogConfig ?? {};
  if (Type !== "" && Type !== "json-file") options.push(`--log-driver ${Type}`);
  for (const [key, text] of Object.entries(logOptions ?? {})) options.push(`--log-opt ${quoted(`${key}=${text}`)}`);
  if (differs(Config.Healthcheck, image.Healthcheck)) options.push(...healthOptions(Config.Healthcheck));
  if ((HostConfig.DeviceRequests ?? []).length > 0) throw new Error("the form has no field for --gpus");
  return options;
}

function written({ kind, flag }: { kind: string; flag: string }, value: unknown): string[] {
  const empty = value === undefined || value === null || value === "" || value === 0 || value === false;
  if (empty || (typeof value === "object" && Object.keys(value).length === 0)) return [];
  switch (kind) {
    case "toggle":
      return [`--${flag}`];
    case "text":
    case "integer":
    case "bytes":
      return [`--${flag} ${quoted(String(value))}`];
    case "texts":
      return Array.isArray(value) ? value.map((text) => `--${flag} ${quoted(String(text))}`) : [];
    case "map":
      return Object.entries(value).map(([key, text]) => `--${flag} ${quoted(`${key}=${text}`)}`);
    case "ulimits":
      return Array.isArray(value)
        ? value.map(({ Name, Soft, Hard }: Record<string, unknown>) => `--${flag} ${Name}=${Soft}:${Hard}`)
        : [];
    default:
      throw new Error(`the form has no field for --${flag}`);
  }
}

function healthOptions(health: ContainerInspect["Config"]["Healthcheck"]): string[] {
  const [kind = "", ...test] = health?.Test ?? [];
  if (kind === "NONE" || !health) return ["--no-healthcheck"];
  const flags: Readonly<Record<string, string>> = { TCP: "health-tcp", HTTP: "health-http" };
  const line = kind === "CMD" ? test.map(quoted).join(" ") : (test[0] ?? "");
  const durations = [
    ["health-interval", health.Interval],
    ["health-timeout", health.Timeout],
    ["health-start-period", health.StartPeriod],
    ["health-start-interval", health.StartInterval],
  ] as const;
  return [
    ...(line === "" ? [] : [`--${flags[kind] ?? "health-cmd"} ${quoted(line)}`]),
    ...durations.flatMap(([flag, value]) => (value ? [`--${flag} ${formatDuration(value / 1e6)}`] : [])),
    ...(health.Retries ? [`--health-retries ${health.Retries}`] : []),
  ];
}
