// Options of `berth run` without a field in the form: those of the API's tables, and some with a special syntax.
import {
  configOptions,
  hostOptions,
  limitOptions,
  namespaceOptions,
  resourceOptions,
} from "../../../api/container-options.ts";
import { parseSize } from "../../../api/sizes.ts";
import { parseDuration } from "../../../api/time.ts";
import { words } from "../containers/words.ts";

/** Fields of the request's configuration, of its HostConfig, and of its endpoint on the network. */
export interface Fields {
  config: Record<string, unknown>;
  host: Record<string, unknown>;
  endpoint: Record<string, unknown>;
}

interface Option {
  takesValue: boolean;
  /** @throws Error for an invalid value */
  apply(fields: Fields, value: string): void;
}

type Row = { kind: string; flag: string; short?: string };

/** Sets a field; appends to lists and maps. */
function put(target: Record<string, unknown>, name: string, { kind, flag }: Row, value: string): void {
  const [key, rest] = halves(value, "=");
  const known = target[name];
  switch (kind) {
    case "text":
      target[name] = value;
      return;
    case "toggle":
      target[name] = value !== "false";
      return;
    case "integer":
      if (!/^-?\d+$/.test(value)) throw new Error(`invalid argument "${value}" for --${flag}`);
      target[name] = Number(value);
      return;
    case "bytes":
      target[name] = value === "-1" ? -1 : parseSize(value);
      return;
    case "texts":
      target[name] = appended(known, value);
      return;
    case "map":
      putInto(target, name, { [key]: rest });
      return;
    case "ulimits": {
      const [soft, hard] = halves(rest, ":");
      const limit = { Name: key, Soft: Number(soft), Hard: Number(hard === "" ? soft : hard) };
      if (Number.isNaN(limit.Soft + limit.Hard)) throw new Error(`invalid argument "${value}" for --${flag}`);
      target[name] = appended(known, limit);
      return;
    }
    default:
      throw new Error(`the form has no field for --${flag}`);
  }
}

/** Options that are one field of the API. */
export const rows: readonly { row: Row; name: string; where: "config" | "host" }[] = [
  ...Object.entries(configOptions).map(([name, row]) => ({ row, name, where: "config" as const })),
  ...[hostOptions, limitOptions, namespaceOptions, resourceOptions]
    .flatMap((table): [string, Row][] => Object.entries(table))
    .map(([name, row]) => ({ row, name, where: "host" as const })),
  ...(
    [
      ["CapAdd", "cap-add"],
      ["CapDrop", "cap-drop"],
      ["SecurityOpt", "security-opt"],
    ] as const
  ).map(([name, flag]) => ({ row: { kind: "texts", flag }, name, where: "host" as const })),
];

/** Sets a part of a field that is an object. */
function putInto(target: Record<string, unknown>, name: string, part: Readonly<Record<string, unknown>>): void {
  const known = target[name];
  target[name] = { ...(typeof known === "object" ? known : {}), ...part };
}

const appended = (list: unknown, value: unknown): unknown[] => [...(Array.isArray(list) ? list : []), value];

const healthTest =
  (kind: "CMD-SHELL" | "TCP" | "HTTP"): Option["apply"] =>
  ({ config }, value) =>
    putInto(config, "Healthcheck", { Test: [kind, value] });

const healthDuration =
  (field: string): Option["apply"] =>
  ({ config }, value) => {
    const duration = parseDuration(value);
    if (duration === undefined) throw new Error(`invalid duration "${value}"`);
    putInto(config, "Healthcheck", { [field]: Number(duration) });
  };

/** Options with a syntax or a place of their own, by the long names of their flags. */
const special: Readonly<Record<string, Option["apply"]>> = {
  "health-cmd": healthTest("CMD-SHELL"),
  "health-tcp": healthTest("TCP"),
  "health-http": healthTest("HTTP"),
  "health-interval": healthDuration("Interval"),
  "health-timeout": healthDuration("Timeout"),
  "health-start-period": healthDuration("StartPeriod"),
  "health-start-interval": healthDuration("StartInterval"),
  "health-retries"({ config }, value) {
    putInto(config, "Healthcheck", { Retries: Number(value) });
  },
  "no-healthcheck"({ config }) {
    putInto(config, "Healthcheck", { Test: ["NONE"] });
  },
  expose({ config }, value) {
    putInto(config, "ExposedPorts", { [value.includes("/") ? value : `${value}/tcp`]: {} });
  },
  "network-alias"({ endpoint }, value) {
    endpoint.Aliases = appended(endpoint.Aliases, value);
  },
  ip({ endpoint }, value) {
    putInto(endpoint, "IPAMConfig", { IPv4Address: value });
  },
  ip6({ endpoint }, value) {
    putInto(endpoint, "IPAMConfig", { IPv6Address: value });
  },
  "mac-address"({ endpoint }, value) {
    endpoint.MacAddress = value;
  },
  "storage-opt"({ host }, value) {
    const [key, rest] = halves(value, "=");
    putInto(host, "StorageOpt", { [key]: rest });
  },
  tmpfs({ host }, value) {
    const [path, options] = halves(value, ":");
    putInto(host, "Tmpfs", { [path]: options });
  },
  device({ host }, value) {
    const [PathOnHost = "", PathInContainer = PathOnHost, CgroupPermissions = "rwm"] = value.split(":");
    const device = { PathOnHost, PathInContainer, CgroupPermissions };
    host.Devices = appended(host.Devices, device);
  },
  mount({ host }, value) {
    const given = new Map(value.split(",").map((part) => halves(part, "=")));
    const mount = {
      Type: given.get("type") ?? "volume",
      Source: given.get("source") ?? given.get("src") ?? "",
      Target: given.get("target") ?? given.get("destination") ?? given.get("dst") ?? "",
      ReadOnly: [given.get("readonly"), given.get("ro")].some((text) => text !== undefined && text !== "false"),
    };
    const known = ["type", "source", "src", "target", "destination", "dst", "readonly", "ro"];
    const other = [...given.keys()].find((key) => !known.includes(key));
    if (other !== undefined) throw new Error(`the form has no field for ${other} of --mount`);
    host.Mounts = appended(host.Mounts, mount);
  },
  "log-driver"({ host }, value) {
    putInto(host, "LogConfig", {
      Config: {},
      ...(typeof host.LogConfig === "object" ? host.LogConfig : {}),
      Type: value,
    });
  },
  "log-opt"({ host }, value) {
    const known: unknown = host.LogConfig;
    const before = typeof known === "object" && known !== null && "Config" in known ? known.Config : {};
    const [key, rest] = halves(value, "=");
    const Config = { ...(typeof before === "object" ? before : {}), [key]: rest };
    host.LogConfig = { Type: "", ...(typeof known === "object" ? known : {}), Config };
  },
};

const TOGGLES: readonly string[] = ["no-healthcheck"];

/** Finds an option by the long or short name of its flag. */
export function optionOf(name: string): (Option & { flag: string }) | undefined {
  const apply = special[name];
  if (apply) return { flag: name, takesValue: !TOGGLES.includes(name), apply };
  const found = rows.find(({ row }) => row.flag === name || row.short === name);
  if (!found) return undefined;
  return {
    flag: found.row.flag,
    takesValue: found.row.kind !== "toggle",
    apply: (fields, value) => put(fields[found.where], found.name, found.row, value),
  };
}

/** @param lines options as on the command line, one each: "--cap-add NET_ADMIN". @throws Error for an unknown one */
export function fieldsOf(lines: readonly string[]): Fields {
  const fields: Fields = { config: {}, host: {}, endpoint: {} };
  for (const line of lines) {
    const [first = "", ...rest] = words(line);
    if (first === "") continue;
    const [flag, value] = halves(first.replace(/^--?/, ""), "=");
    const option = optionOf(flag);
    if (!first.startsWith("-") || !option) throw new Error(`the form has no field for ${first}`);
    const given = first.includes("=") ? value : rest.join(" ");
    if (option.takesValue && given === "") throw new Error(`flag needs an argument: --${option.flag}`);
    option.apply(fields, given === "" ? "true" : given);
  }
  return fields;
}

function halves(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
