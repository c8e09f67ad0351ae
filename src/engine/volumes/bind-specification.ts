// Parses `-v`: "source:destination:mode", where a source that is not a path is a volume's name.
import { isAbsolute } from "node:path";
import { BerthError } from "../../api/errors.ts";
import { propagations } from "../../runtime/spec/mounts.ts";
import type { BindMountRequest, VolumeMountRequest } from "../containers/configuration/mounts.ts";

/** A `-v` as a mount, with its mode as given. */
export interface BindSpecification {
  mount: BindMountRequest | VolumeMountRequest;
  mode: string;
  /** False with Berth's mode "nocreate": a missing source is an error, as with --mount. */
  createSource: boolean;
}

/** A mode may have one word of each group. */
const MODE_KINDS: readonly (readonly string[])[] = [
  ["ro", "rw"],
  ["z", "Z"],
  propagations,
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
  const common = { target: second ?? first, readOnly: words.includes("ro") };
  const createSource = !words.includes("nocreate");
  const propagation = propagations.find((word) => words.includes(word));
  const noCopy = words.includes("nocopy");
  // Docker parses it as a mount first, and rejects that.
  const foreign = (type: string, field: string): BerthError =>
    invalidSpecification(text, `invalid mount config for type "${type}": field ${field} must not be specified`);
  if (isAbsolute(source)) {
    if (noCopy) throw foreign("bind", "VolumeOptions");
    const options = propagation && { propagation };
    return { mount: { type: "bind", source, ...common, options }, mode, createSource };
  }
  if (propagation !== undefined) throw foreign("volume", "BindOptions");
  const options = { noCopy, driver: volumeDriver === "" ? undefined : { name: volumeDriver } };
  return { mount: { type: "volume", source: source || undefined, ...common, options }, mode, createSource };
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
