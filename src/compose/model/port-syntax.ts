// The short syntax of published ports: "[[host address:][host ports]:]container ports[/protocol]".
import { isIP } from "node:net";
import { ComposeError } from "./compose-error.ts";
import { type Mapping, mapping, type Value } from "./value.ts";

interface Range {
  first: number;
  last: number;
}

function rangeOf(text: string, invalid: (reason: string) => ComposeError): Range {
  const shape = /^(\d+)(?:-(\d+))?$/.exec(text);
  const first = Number(shape?.[1]);
  const last = Number(shape?.[2] ?? shape?.[1]);
  if (!shape || first > 65535 || last > 65535) throw invalid(`invalid port ${JSON.stringify(text)}`);
  if (last < first) throw invalid(`invalid range specified for port: ${text}`);
  return { first, last };
}

function parts(spec: string): { address: string; published: string; target: string } {
  const bracketed = /^\[([^\]]*)\]:(?:([^:]*):)?([^:]*)$/.exec(spec);
  if (bracketed) return { address: bracketed[1] ?? "", published: bracketed[2] ?? "", target: bracketed[3] ?? "" };
  const words = spec.split(":");
  const target = words.pop() ?? "";
  const published = words.pop() ?? "";
  return { address: words.join(":"), published, target };
}

/**
 * Expands the short syntax to the long one: an entry for each container port.
 * @throws ComposeError
 */
export function longPorts(spec: string): Mapping[] {
  const [ports = "", protocol = "tcp", ...more] = spec.split("/");
  const { address, published, target } = parts(ports);
  const invalid = (reason: string) => new ComposeError(`invalid port specification ${JSON.stringify(spec)}: ${reason}`);
  if (target === "") throw new ComposeError(`no port specified: ${spec}<empty>`);
  if (more.length > 0 || !["tcp", "udp", "sctp"].includes(protocol.toLowerCase())) {
    throw new ComposeError(`invalid protocol: ${[protocol, ...more].join("/")}`);
  }
  if (address !== "" && isIP(address.split("%", 1)[0] ?? "") === 0) {
    throw new ComposeError(`invalid IP address: ${address}`);
  }
  const inside = rangeOf(target, (reason) => new ComposeError(`invalid containerPort: ${target}: ${reason}`));
  const outside =
    published === "" ? undefined : rangeOf(published, () => new ComposeError(`invalid hostPort: ${published}`));
  const count = inside.last - inside.first + 1;
  const isSameCount = outside === undefined || outside.last - outside.first + 1 === count;
  // A single container port may be mapped to any free port of a host range.
  if (outside && !isSameCount && count !== 1) {
    throw invalid(`invalid ranges specified for container and host Ports: ${target} and ${published}`);
  }
  return Array.from({ length: count }, (_, index) => {
    const entries: [string, Value][] = [["mode", "ingress"]];
    if (address !== "") entries.push(["host_ip", address]);
    entries.push(["target", inside.first + index]);
    if (outside) entries.push(["published", isSameCount ? String(outside.first + index) : published]);
    return mapping([...entries, ["protocol", protocol.toLowerCase()]]);
  });
}
