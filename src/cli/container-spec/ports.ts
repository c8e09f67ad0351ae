// `--publish` and `--expose`.

import type { PortMap } from "../../api/container-networks.ts";
import { portBindings } from "../../api/port-bindings.ts";
import {
  containerPorts,
  formatContainerPort,
  MAX_PORT,
  type PortRequest,
  type TransportProtocol,
  transportProtocols,
} from "../../api/port-ranges.ts";
import { CommandError } from "../failure.ts";
import { isIP } from "./ip-address.ts";

interface Range {
  first: number;
  last: number;
}

/** "8080" or "8000-8010"; undefined when the text is neither. */
function readRange(text: string): Range | undefined {
  const parts = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (!parts) return undefined;
  const [, first = "", last = first] = parts;
  const range = { first: Number(first), last: Number(last) };
  return range.last > MAX_PORT || range.last < range.first ? undefined : range;
}

function protocolOf(text: string): TransportProtocol {
  const slash = text.lastIndexOf("/");
  const name = slash < 0 ? "tcp" : text.slice(slash + 1).toLowerCase();
  const protocol = transportProtocols.find((known) => known === name);
  if (!protocol) throw new CommandError(`invalid proto: ${name}`);
  return protocol;
}

/** Splits "[[ip:]host:]container" into address, host part and container part. */
function splitPorts(text: string): [string, string, string] {
  const parts = text.split(":");
  const container = parts.pop() ?? "";
  const host = parts.pop() ?? "";
  return [parts.join(":"), host, container];
}

function readAddress(text: string): string {
  const address = text.replace(/^\[(.*)\]$/, "$1");
  if (address !== "" && isIP(address) === 0) throw new CommandError(`invalid IP address: ${address}`);
  return address;
}

/** @throws CommandError in Docker's words */
function readPublished(text: string): PortRequest {
  const slash = text.lastIndexOf("/");
  const ports = slash < 0 ? text : text.slice(0, slash);
  const [ip, hostPart, containerPart] = splitPorts(ports);
  const address = readAddress(ip);
  if (containerPart === "") throw new CommandError(`no port specified: ${text}<empty>`);
  const container = readRange(containerPart);
  if (!container) throw new CommandError(`invalid containerPort: ${containerPart}`);
  const protocol = protocolOf(text);
  const host = hostPart === "" ? { first: 0, last: 0 } : readRange(hostPart);
  if (!host) throw new CommandError(`invalid hostPort: ${hostPart}`);
  const count = container.last - container.first + 1;
  // For a single container port, a host range means any free port in it.
  if (hostPart !== "" && count !== 1 && count !== host.last - host.first + 1) {
    throw new CommandError(`invalid ranges specified for container and host Ports: ${containerPart} and ${hostPart}`);
  }
  const hostAddresses = address === "" ? [] : [address];
  return {
    protocol,
    containerPort: container.first,
    hostAddresses,
    hostPort: host.first,
    lastHostPort: host.last,
    count,
  };
}

/** The container ports of a flag such as `--expose`. @throws CommandError in Docker's words */
export function readContainerPorts(text: string, flag: string): string[] {
  if (text.includes(":")) throw new CommandError(`invalid port format for ${flag}: ${text}`);
  const slash = text.lastIndexOf("/");
  const ports = slash < 0 ? text : text.slice(0, slash);
  const range = readRange(ports);
  if (!range) {
    const wrong = ports.split("-").find((part) => !/^\d+$/.test(part));
    const reason =
      ports === ""
        ? "empty string specified for ports"
        : wrong === undefined
          ? `invalid range specified for port: ${ports}`
          : `strconv.ParseUint: parsing ${JSON.stringify(wrong)}: invalid syntax`;
    throw new CommandError(`invalid range format for ${flag}: ${text}, error: ${reason}`);
  }
  const protocol = slash < 0 ? "tcp" : text.slice(slash + 1).toLowerCase();
  return Array.from({ length: range.last - range.first + 1 }, (_, index) => `${range.first + index}/${protocol}`);
}

export interface PortPlan {
  exposed: Record<string, Record<string, never>>;
  bindings: PortMap;
}

/** @throws CommandError in Docker's words */
export function planPorts(published: readonly string[], exposed: readonly string[]): PortPlan {
  const requests = published.map((text) => readPublished(publishFields(text)));
  const plan: PortPlan = { exposed: {}, bindings: portBindings(requests) };
  for (const port of requests.flatMap(containerPorts)) plan.exposed[formatContainerPort(port)] = {};
  for (const text of exposed) {
    for (const port of readContainerPorts(text, "--expose")) plan.exposed[port] = {};
  }
  return plan;
}

/** Converts "published=80,target=8080,protocol=udp" to the short form; returns other values unchanged. */
function publishFields(text: string): string {
  if (!text.includes("=")) return text;
  const fields: Record<string, string> = { protocol: "tcp", published: "", target: "" };
  for (const field of text.split(",")) {
    const [key = "", value] = field.split(/=(.*)/s);
    if (value === undefined || key === "") {
      throw new CommandError(`invalid publish opts format (should be name=value but got '${field}')`);
    }
    fields[key] = value;
  }
  return `${fields.published}:${fields.target}/${fields.protocol}`;
}
