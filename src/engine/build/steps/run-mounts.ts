// Parses the options of `RUN --mount`.
// Source: Dockerfile reference, "RUN --mount".
import { posix } from "node:path";
import { BerthError } from "../../../api/errors.ts";
import { parseSize, SizeError } from "../../../api/sizes.ts";

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

const FIELDS: Readonly<Record<MountType, readonly string[]>> = {
  bind: ["target", "source", "from", "readonly", "readwrite"],
  cache: ["target", "source", "from", "readonly", "readwrite", "id", "sharing", "mode", "uid", "gid"],
  tmpfs: ["target", "size"],
  secret: ["target", "id", "required", "env", "mode", "uid", "gid"],
  ssh: ["target", "id", "required", "mode", "uid", "gid"],
};

/** The fields of "type=cache,target=/x", with aliases resolved; a flag without a value is "true". */
export function mountFields(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const field of text.split(",")) {
    const [name = "", value] = field.split(/=(.*)/s);
    const key = name.trim().toLowerCase();
    fields.set(ALIASES[key] ?? key, value ?? "true");
  }
  return fields;
}

/** @param directory what a relative target is below. @throws BerthError invalidParameter */
export function readMount(text: string, directory = "/"): RunMount {
  const fields = mountFields(text);
  const given = fields.get("type") ?? "bind";
  const type = TYPES.find((name) => name === given);
  if (type === undefined) throw wrong(`unsupported mount type "${given}"`);
  for (const field of fields.keys()) {
    if (field !== "type" && !FIELDS[type].includes(field)) throw wrong(`unexpected key '${field}' in '${text}'`);
  }
  const id = fields.get("id") ?? "";
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
    id,
    sharing: fields.get("sharing") ?? "shared",
    isRequired: isOn(fields, "required") ?? false,
    variable: fields.get("env") ?? "",
    mode: octal(fields.get("mode")),
    uid: number("uid", fields.get("uid")) ?? 0,
    gid: number("gid", fields.get("gid")) ?? 0,
    size: sizeOf(fields.get("size")),
  };
  if (type === "secret") return withSecretTarget(mount);
  if (type === "ssh") return { ...mount, id: id || "default", target: mount.target || AGENT_SOCKET };
  if (mount.target === "") throw wrong("target is required");
  if (!["shared", "private", "locked"].includes(mount.sharing)) {
    throw wrong(`unsupported sharing value "${mount.sharing}"`);
  }
  return mount;
}

/** The ID defaults to the last part of the target; the target defaults to /run/secrets/ID unless `env` is set. */
function withSecretTarget(mount: RunMount): RunMount {
  const id = mount.id || (mount.target.split("/").at(-1) ?? "");
  if (id === "") throw wrong("one of source, target required");
  const target = mount.target || (mount.variable === "" ? `/run/secrets/${id}` : "");
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
