// `compose port`: prints where a service's port is published.
import { exactly } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { integer, text } from "../../flags/kinds.ts";
import { composeCommand } from "./command.ts";
import { serviceContainer } from "./delegate.ts";

export const port = composeCommand({
  usage: "[OPTIONS] SERVICE PRIVATE_PORT",
  arity: exactly(2),
  flags: {
    index: integer("Index of the container if service has multiple replicas"),
    protocol: text("tcp or udp", { initial: "tcp" }),
  },
  async run({ compose, flags, args }) {
    const [service = "", wanted = ""] = args;
    const [number = "", protocol = flags.protocol.toLowerCase()] = wanted.split("/");
    const container = await serviceContainer(compose, service, { index: flags.index, oneOffs: true });
    const found = container.summary.Ports.find(
      ({ PrivatePort, PublicPort, Type }) =>
        String(PrivatePort) === number && Type === protocol && PublicPort !== undefined,
    );
    if (!found)
      throw new CommandError(
        `no port ${number}/${protocol} for container ${container.name}: ${container.summary.Ports.filter(
          ({ PublicPort }) => PublicPort,
        )
          .map(({ IP, PublicPort, PrivatePort, Type }) => `${IP}:${PublicPort}->${PrivatePort}/${Type}`)
          .join(", ")}`,
      );
    const address = found.IP?.includes(":") ? `[${found.IP}]` : (found.IP ?? "0.0.0.0");
    await compose.session.stdout.line(`${address}:${found.PublicPort}`);
  },
});
