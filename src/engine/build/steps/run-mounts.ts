// Parses the options of `RUN --mount`.
// Source: Dockerfile reference, "RUN --mount".
import { posix } from "node:path";
import { csvFields } from "../../../api/csv.ts";
import { BerthError } from "../../../api/errors.ts";
import { parseSize, SizeError } from "../../../api/sizes.ts";
import { didYouMean } from "../../../dockerfile/suggestion.ts";

const TYPES = ["bind", "cache", "tmpfs", "secret", "ssh"] as const;
type MountType = (typeof TYPES)[number];

export interface RunMount {
  type: MountType;
  target: string;
  source: string;
  /** A stage or an image; "" is the context. */
  from: string;
  isReadOnly: boolean;
  id: string;
  sharing: string;
  isRequired: boolean;
  /** The environment variable for a secret. */
  variable: string;
  mode: number | undefined;
  uid: number;
  gid: number;
  /** Bytes. */
  size: number | undefined;
}

/** Default path of an SSH agent's socket in the container. */
const AGENT_SOCKET = "/run/buildkit/ssh_agent.0";

const ALIASES: Readonly<Record<string, string>> = {
  src: "source",
  dst: "target",
  destination: "target",
  ro: "readonly",
  rw: "readwrite",
};

const KEYS = [
  ...["type", "from", "source", "target", "readonly", "id", "sharing", "required", "size", "mode", "uid", "gid"],
  ...["src", "dst", "destination", "ro", "rw", "readwrite", "env"],
];
/** Keys that need no value. */
const SWITCHES = ["readonly", "readwrite", "required"];
const SHARING = ["locked", "private", "shared"];

/**
 * The fields of "type=cache,target=/x", with aliases resolved; a switch without a value is "true".
 * @throws BerthError invalidParameter
 */
export function mountFields(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const field of csvFields(text)) {
    const [name = "", value] = field.split(/=(.*)/s);
    const given = name.trim().toLowerCase();
    const key = ALIASES[given] ?? given;
    if (value === undefined && !SWITCHES.includes(key)) {
      throw wrong(`invalid field '${field}' must be a key=value pair`);
    }
    if (!KEYS.includes(key)) throw wrong(`unexpected key '${given}' in '${field}'${didYouMean(given, KEYS)}`);
    fields.set(key, value ?? "true");
  }
  return fields;
}

/**
 * @param directory what a relative target is below
 * @param expand replaces the variables in a value
 * @throws BerthError invalidParameter in BuildKit's words
 */
export function readMount(
  text: string,
  directory = "/",
  expand: (value: string) => string = (value) => value,
): RunMount {
  const fields = new Map([...mountFields(text)].map(([key, value]) => [key, expand(value)]));
  const given = fields.get("type") ?? "bind";
  const type = TYPES.find((name) => name === given.toLowerCase());
  if (type === undefined) throw wrong(`unsupported mount type ${JSON.stringify(given)}${didYouMean(given, TYPES)}`);
  refuseKeys(type, fields);
  const source = fields.get("source") ?? "";
  const mount: RunMount = {
    type,
    target: absolute(fields.get("target") ?? "", directory),
    source,
    from: fields.get("from") ?? "",
    isReadOnly:
      isOn(fields, "readwrite") === undefined
        ? (isOn(fields, "readonly") ?? type === "bind")
        : !isOn(fields, "readwrite"),
    id: fields.get("id") ?? (type === "secret" ? source : ""),
    sharing: fields.get("sharing")?.toLowerCase() ?? "shared",
    isRequired: isOn(fields, "required") ?? false,
    variable: fields.get("env") ?? "",
    mode: octal(fields.get("mode")),
    uid: number("uid", fields.get("uid")) ?? 0,
    gid: number("gid", fields.get("gid")) ?? 0,
    size: sizeOf(fields.get("size")),
  };
  if (type === "secret") return withSecretTarget(mount);
  if (type === "ssh") return { ...mount, id: mount.id || "default", target: mount.target || AGENT_SOCKET };
  const target = mount.target || posix.resolve("/", directory);
  if (target === "/") throw wrong('invalid mount target "/"');
  return { ...mount, target };
}

/** @throws BerthError invalidParameter for keys that do not go together */
function refuseKeys(type: MountType, fields: ReadonlyMap<string, string>): void {
  const sharing = fields.get("sharing")?.toLowerCase();
  if (sharing !== undefined && !SHARING.includes(sharing)) {
    throw wrong(`unsupported sharing value ${JSON.stringify(sharing)}${didYouMean(sharing, SHARING)}`);
  }
  if (fields.has("required") && type !== "secret" && type !== "ssh") {
    throw wrong(`unexpected key 'required' for mount type '${type}'`);
  }
  if (fields.has("size") && type !== "tmpfs") throw wrong(`unexpected key 'size' for mount type '${type}'`);
  for (const key of type === "bind" || type === "tmpfs" ? ["mode", "uid", "gid"] : []) {
    if (fields.has(key)) throw wrong(`${key} not allowed for "${type}" type mounts`);
  }
  if (type === "secret") {
    if (fields.has("from")) throw wrong("secret mount should not have a from");
    if (fields.has("sharing")) throw wrong("secret mount should not define sharing");
    if (fields.has("source") && fields.has("id")) throw wrong("both source and id can't be set");
  }
  if (sharing !== undefined && type !== "cache") throw wrong(`invalid cache sharing set for ${type} mount`);
}

/** The ID defaults to the last part of the target; the target defaults to /run/secrets/ID unless `env` is set. */
function withSecretTarget(mount: RunMount): RunMount {
  const id = mount.id || (mount.target.split("/").at(-1) ?? "");
  if (id === "") throw wrong("invalid secret mount. one of source, target required");
  const target = mount.target || (mount.variable === "" ? `/run/secrets/${posix.basename(id)}` : "");
  return { ...mount, id, target };
}

/** "" stays "": no target is set. */
const absolute = (target: string, directory: string): string =>
  target === "" ? "" : posix.resolve("/", directory, target);

function isOn(fields: ReadonlyMap<string, string>, name: string): boolean | undefined {
  const value = fields.get(name)?.toLowerCase();
  if (value === undefined) return undefined;
  if (["true", "1"].includes(value)) return true;
  if (["false", "0"].includes(value)) return false;
  throw wrong(`invalid value for ${name}: ${value}`);
}

function octal(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^0?[0-7]{1,4}$/.test(text)) throw wrong(`invalid value ${text} for mode`);
  return Number.parseInt(text, 8);
}

function number(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw wrong(`invalid value ${text} for ${name}`);
  return Number(text);
}

function sizeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    return parseSize(text);
  } catch (thrown) {
    throw thrown instanceof SizeError ? wrong(`invalid value for size: ${text}`) : thrown;
  }
}

function wrong(message: string): BerthError {
  return new BerthError("invalidParameter", message);
}
