// `berth port`: lists a container's published ports.
import type { PortBinding } from "../../../api/container-networks.ts";
import { between, command } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { naturalOrder } from "../../natural-order.ts";
import { hostAndPort } from "../../output/rows/ports.ts";

const MAX_PORT = 65535;

const shown = ({ HostIp = "", HostPort = "" }: PortBinding): string => hostAndPort(HostIp, HostPort);

/** Normalizes "80" and "80/tcp" to the API's form. @throws CommandError */
function readPort(text: string): string {
  const [port = "", protocol = "tcp"] = text.split("/");
  if (!/^\d+$/.test(port)) {
    throw new CommandError(
      `Error: invalid port (${text}): strconv.ParseUint: parsing ${JSON.stringify(port)}: invalid syntax`,
    );
  }
  if (Number(port) > MAX_PORT) {
    throw new CommandError(
      `Error: invalid port (${text}): strconv.ParseUint: parsing ${JSON.stringify(port)}: value out of range`,
    );
  }
  return `${Number(port)}/${protocol}`;
}

export const port = command({
  usage: "CONTAINER [PRIVATE_PORT[/PROTO]]",
  arity: between(1, 2),
  complete: ["runningContainers"],
  flags: {},
  async run({ session, args }) {
    const [container = "", port] = args;
    const berth = await session.berth();
    const { NetworkSettings } = await berth.containers.inspect(container);
    const ports = Object.entries(NetworkSettings.Ports ?? {});
    if (port !== undefined) {
      const key = readPort(port);
      const bindings = ports.find(([name]) => name === key)?.[1];
      if (!bindings || bindings.length === 0) {
        throw new CommandError(`Error: No public port '${port}' published for ${container}`);
      }
      await session.stdout.write(bindings.map((binding) => `${shown(binding)}\n`).join(""));
      return;
    }
    const lines = ports
      .flatMap(([name, bindings]) => (bindings ?? []).map((binding) => `${name} -> ${shown(binding)}`))
      .sort(naturalOrder);
    await session.stdout.write(lines.map((line) => `${line}\n`).join(""));
  },
});
