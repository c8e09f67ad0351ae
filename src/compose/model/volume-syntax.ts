// The short syntax of a service's volumes: "source:target:options".
import { ComposeError } from "./compose-error.ts";
import { type Mapping, mapping, type Value } from "./value.ts";

/** Splits at colons outside ${…}. */
function colonSeparated(spec: string): string[] {
  if (!spec.includes("${")) return spec.split(":");
  const parts: string[] = [];
  let part = "";
  let braces = 0;
  for (const [index, character] of [...spec].entries()) {
    if (character === "{" && spec[index - 1] === "$") braces++;
    if (character === "}" && braces > 0) braces--;
    if (character === ":" && braces === 0) {
      parts.push(part);
      part = "";
    } else {
      part += character;
    }
  }
  return [...parts, part];
}

/** The parts of a volume. The colon after a Windows drive letter is no separator. */
function sections(spec: string): string[] {
  const parts: string[] = [];
  let drive: string | undefined;
  for (const part of colonSeparated(spec)) {
    if (drive === undefined && /^[a-z]$/i.test(part)) {
      drive = part;
      continue;
    }
    parts.push(drive === undefined ? part : `${drive}:${part}`);
    drive = undefined;
  }
  return drive === undefined ? parts : [...parts, drive];
}

/** Whether the source of a mount is a host path rather than a volume name. */
export function isHostPath(source: string): boolean {
  return /^[./~]/.test(source) || source.startsWith("\\\\") || /^[a-z]:/i.test(source);
}

const PROPAGATIONS = ["rprivate", "private", "rshared", "shared", "rslave", "slave"];

/** Cleans a container path: no duplicate or trailing slashes, "." or "..". */
export function cleanPath(path: string): string {
  if (path === "") return path;
  const isAbsolute = path.startsWith("/");
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (part !== ".." || !isAbsolute) kept.push(part);
  }
  return `${isAbsolute ? "/" : ""}${kept.join("/")}` || ".";
}

function withOptions(options: readonly string[], source: string): Mapping {
  const bind = mapping();
  const volume = mapping();
  const made = mapping();
  for (const option of options) {
    if (option === "ro") made.read_only = true;
    else if (option === "rw") delete made.read_only;
    else if (option === "nocopy") volume.nocopy = true;
    else if (PROPAGATIONS.includes(option)) bind.propagation = option;
    else if (option === "z" || option === "Z") bind.selinux = option;
  }
  if (isHostPath(source)) bind.create_host_path = true;
  if (isHostPath(source) || Object.keys(bind).length > 0) made.bind = bind;
  if (!isHostPath(source)) made.volume = volume;
  return made;
}

/** @throws ComposeError */
export function volumeOf(spec: string): { source: string; target: string; options: readonly string[] } {
  const invalid = (reason: string) => new ComposeError(`invalid spec: ${spec}: ${reason}`);
  if (spec === "") throw new ComposeError("invalid empty volume spec");
  if (spec.length <= 2) return { source: "", target: spec, options: [] };
  const parts = sections(spec);
  if (parts.includes("")) throw invalid("empty section between colons");
  if (parts.length > 3) throw invalid("too many colons");
  const [first = "", target, options = ""] = parts;
  return target === undefined
    ? { source: "", target: first, options: [] }
    : { source: first, target, options: options.split(",") };
}

/**
 * Expands the short syntax to the long one.
 * @throws ComposeError
 */
export function longVolume(spec: string): Mapping {
  const { source, target, options } = volumeOf(spec);
  const entries: [string, Value][] = [["type", isHostPath(source) ? "bind" : "volume"]];
  if (source !== "") entries.push(["source", source]);
  entries.push(["target", cleanPath(target)]);
  return mapping([...entries, ...Object.entries(withOptions(options, source))]);
}
