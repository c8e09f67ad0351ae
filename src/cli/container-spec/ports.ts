// `--publish` and `--expose`.
import { isIP } from "node:net";
import type { PortBinding } from "../../api/container-networks.ts";
import { CommandError } from "../failure.ts";

const HIGHEST_PORT = 65535;
const PROTOCOLS = ["tcp", "udp", "sctp"];

interface Range {
  first: number;
  last: number;
}

/** "8080" or "8000-8010"; undefined when it is neither. */
function readRange(text: string): Range | undefined {
  const parts = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (!parts) return undefined;
  const [, first = "", last = first] = parts;
  const range = { first: Number(first), last: Number(last) };
  return range.last > HIGHEST_PORT || range.last < range.first ? undefined : range;
}

function protocolOf(text: string): string {
  const slash = text.lastIndexOf("/");
  const protocol = slash < 0 ? "tcp" : text.slice(slash + 1).toLowerCase();
  if (!PROTOCOLS.includes(protocol)) throw new CommandError(`invalid proto: ${protocol}`);
  return protocol;
}

/** The address, the host's part and the container's part of "[[ip:]host:]container". */
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

/** The ports of one `--publish`, by the API's names. */
function readPublished(text: string): [string, PortBinding][] {
  const slash = text.lastIndexOf("/");
  const ports = slash < 0 ? text : text.slice(0, slash);
  const [ip, hostPart, containerPart] = splitPorts(ports);
  const HostIp = readAddress(ip);
  if (containerPart === "") throw new CommandError(`no port specified: ${text}<empty>`);
  const container = readRange(containerPart);
  if (!container) throw new CommandError(`invalid containerPort: ${containerPart}`);
  const protocol = protocolOf(text);
  if (hostPart === "") return expand(container, protocol, () => ({ HostIp, HostPort: "" }));
  const host = readRange(hostPart);
  if (!host) throw new CommandError(`invalid hostPort: ${hostPart}`);
  const [count, hostCount] = [container.last - container.first, host.last - host.first];
  if (count !== hostCount) {
    // One container port on whichever port of a range is free.
    if (count !== 0)
      throw new CommandError(`invalid ranges specified for container and host Ports: ${containerPart} and ${hostPart}`);
    return expand(container, protocol, () => ({ HostIp, HostPort: hostPart }));
  }
  return expand(container, protocol, (offset) => ({ HostIp, HostPort: String(host.first + offset) }));
}

function expand(
  { first, last }: Range,
  protocol: string,
  binding: (offset: number) => PortBinding,
): [string, PortBinding][] {
  return Array.from({ length: last - first + 1 }, (_, offset): [string, PortBinding] => [
    `${first + offset}/${protocol}`,
    binding(offset),
  ]);
}

/** The container's ports that a flag such as `--expose` names. @throws CommandError in Docker's words */
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
  return expand(range, protocol, () => ({})).map(([port]) => port);
}

export interface PortPlan {
  exposed: Record<string, Record<string, never>>;
  bindings: Record<string, PortBinding[]>;
}

/** @throws CommandError in Docker's words */
export function planPorts(published: readonly string[], exposed: readonly string[]): PortPlan {
  const plan: PortPlan = { exposed: {}, bindings: {} };
  for (const text of published) {
    for (const [port, binding] of readPublished(publishFields(text))) {
      plan.exposed[port] = {};
      plan.bindings[port] = [...(plan.bindings[port] ?? []), binding];
    }
  }
  for (const text of exposed) {
    for (const port of readContainerPorts(text, "--expose")) plan.exposed[port] = {};
  }
  return plan;
}

/** "published=80,target=8080,protocol=udp" in the short form; what has no fields stays as it is. */
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
