// `--device` and `--gpus`.

import { posix } from "node:path";
import type { DeviceMapping, DeviceRequest } from "../../api/host-configuration.ts";
import { splitPair } from "../../api/pairs.ts";
import { CommandError } from "../failure.ts";
import { FlagValueError } from "../flags/flag.ts";
import { splitCommas } from "../flags/kinds.ts";

const isDeviceMode = (text: string): boolean => /^[rwm]+$/.test(text) && new Set(text).size === text.length;

/** A CDI device ("vendor.com/class=name") rather than a path. */
const isQualifiedName = (text: string): boolean =>
  /^[a-z][a-z0-9._-]*\/[a-z][a-z0-9_-]*=[a-z0-9][a-z0-9_.:-]*$/i.test(text);

/** "/dev/x[:/dev/y][:rwm]" @throws CommandError in Docker's words */
function readDevice(text: string): DeviceMapping {
  const [source = "", second, third, ...more] = text.split(":");
  if (source === "" || more.length > 0) throw new CommandError(`bad format for path: ${text}`);
  const lone = second === undefined || (third === undefined && isDeviceMode(second));
  const target = lone ? source : second;
  const mode = third ?? (lone ? second : undefined) ?? "rwm";
  if (!isDeviceMode(mode)) throw new CommandError(`bad mode specified: ${mode}`);
  if (!posix.isAbsolute(target)) throw new CommandError(`${target} is not an absolute path`);
  const inContainer = posix.normalize(target);
  return { PathOnHost: lone ? inContainer : source, PathInContainer: inContainer, CgroupPermissions: mode };
}

/** Paths become device mappings; CDI names become one device request. */
export function readDevices(given: readonly string[]): { mappings: DeviceMapping[]; requests: DeviceRequest[] } {
  const named = given.filter(isQualifiedName);
  const mappings = given.filter((text) => !isQualifiedName(text)).map(readDevice);
  return { mappings, requests: named.length > 0 ? [{ Driver: "cdi", DeviceIDs: named }] : [] };
}

function readCount(text: string): number {
  if (text === "all") return -1;
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  throw new FlagValueError(`invalid count (${text}): value must be either "all" or an integer: invalid syntax`);
}

/** "all", a number, or fields such as "device=0,capabilities=utility". */
export function readDeviceRequests(given: string, previous: readonly DeviceRequest[]): readonly DeviceRequest[] {
  const request: DeviceRequest = { Driver: "", Options: {} };
  let capabilities = ["gpu"];
  for (const field of splitCommas(given)) {
    const [name, text] = splitPair(field);
    const [key, value] = text === undefined ? ["count", name] : [name, text];
    switch (key) {
      case "driver":
        request.Driver = value;
        break;
      case "count":
        request.Count = readCount(value);
        break;
      case "device":
        request.DeviceIDs = value.split(",");
        break;
      case "capabilities":
        capabilities = [...value.split(","), "gpu"];
        break;
      case "options":
        request.Options = Object.fromEntries(value.split(",").map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
        break;
      default:
        throw new FlagValueError(`unexpected key '${key}' in '${field}'`);
    }
  }
  if (request.Count === undefined && request.DeviceIDs === undefined) request.Count = 1;
  return [...previous, { ...request, Capabilities: [capabilities] }];
}
