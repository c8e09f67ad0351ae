// Parses `-v`: "source:destination:mode", where a source that is not a path is a volume's name.
import { isAbsolute } from "node:path";
import { BerthError } from "../../api/errors.ts";
import type { MountSpec } from "../../api/host-configuration.ts";
import { propagationSchema } from "./mount-plan.ts";

/** A `-v` as a mount specification, with its mode as given. */
export interface BindSpecification {
  spec: MountSpec;
  mode: string;
  /** False with Berth's mode "nocreate": a missing source is an error, as with --mount. */
  createSource: boolean;
}

/** A mode may have one word of each group. */
const MODE_KINDS: readonly (readonly string[])[] = [
  ["ro", "rw"],
  ["z", "Z"],
  propagationSchema.options,
  ["nocopy"],
  ["consistent", "cached", "delegated", "default"],
  ["nocreate"],
];

/** @throws BerthError invalidParameter in Docker's words. */
export function parseBindSpecification(text: string, volumeDriver = ""): BindSpecification {
  const parts = text.split(":");
  const [first = "", second, mode = ""] = parts;
  const modeWithoutSource = parts.length === 2 && isMode(second ?? "");
  if (first === "" || parts.length > 3 || modeWithoutSource) throw invalidSpecification(text);
  if (!isMode(mode)) throw new BerthError("invalidParameter", `invalid mode: ${mode}`);
  const words = mode.split(",");
  const source = second === undefined ? "" : first;
  const bind = isAbsolute(source);
  const propagation = propagationSchema.options.find((word) => words.includes(word));
  const spec: MountSpec = {
    Type: bind ? "bind" : "volume",
    Source: source,
    Target: second ?? first,
    ReadOnly: words.includes("ro"),
    ...(propagation !== undefined && { BindOptions: { Propagation: propagation } }),
  };
  const noCopy = words.includes("nocopy");
  if (noCopy || (volumeDriver !== "" && !bind)) {
    spec.VolumeOptions = { NoCopy: noCopy, ...(volumeDriver !== "" && { DriverConfig: { Name: volumeDriver } }) };
  }
  return { spec, mode, createSource: !words.includes("nocreate") };
}

/** The error of an invalid `-v`. */
export function invalidSpecification(text: string, reason?: string): BerthError {
  const why = reason === undefined ? "" : `: ${reason}`;
  return new BerthError("invalidParameter", `invalid volume specification: '${text}'${why}`);
}

/** "container[:mode]" of --volumes-from. @throws BerthError invalidParameter in Docker's words. */
export function parseVolumesFrom(text: string): { container: string; mode: string } {
  if (text === "") {
    throw new BerthError("invalidParameter", "volumes-from specification cannot be an empty string");
  }
  const colon = text.indexOf(":");
  if (colon < 0) return { container: text, mode: "" };
  const mode = text.slice(colon + 1);
  const allowed = mode.split(",").every((word) => ["ro", "rw", "z", "Z"].includes(word));
  if (!allowed || !isMode(mode)) throw new BerthError("invalidParameter", `invalid mode: ${mode}`);
  return { container: text.slice(0, colon), mode };
}

function isMode(text: string): boolean {
  if (text === "") return true;
  const kinds = text.split(",").map((word) => MODE_KINDS.findIndex((kind) => kind.includes(word)));
  return !kinds.includes(-1) && new Set(kinds).size === kinds.length;
}
