// `berth volume create`
import { atMost, command } from "../../command.ts";
import { checkLabel } from "../../container-spec/checks.ts";
import { readLabels } from "../../container-spec/environment.ts";
import { CommandError } from "../../failure.ts";
import { bytes, list, map, text } from "../../flags/kinds.ts";

/** Flags of Swarm's cluster volumes: accepted by the parser, rejected when used. */
const swarm = { since: "1.42", hidden: true };
const clusterFlags = {
  availability: text('Cluster Volume availability ("active", "pause", "drain")', { initial: "active", ...swarm }),
  group: text("Cluster Volume group (cluster volumes)", swarm),
  "limit-bytes": bytes("Minimum size of the Cluster Volume in bytes", swarm),
  "required-bytes": bytes("Maximum size of the Cluster Volume in bytes", swarm),
  scope: text('Cluster Volume access scope ("single", "multi")', { initial: "single", ...swarm }),
  secret: map("Cluster Volume secrets", swarm),
  sharing: text('Cluster Volume access sharing ("none", "readonly", "onewriter", "all")', {
    initial: "none",
    ...swarm,
  }),
  "topology-preferred": list("A topology that the Cluster Volume would be preferred in", swarm),
  "topology-required": list("A topology that the Cluster Volume must be accessible from", swarm),
  type: text('Cluster Volume access type ("mount", "block")', { initial: "block", ...swarm }),
};

export const create = command({
  usage: "[OPTIONS] [VOLUME]",
  arity: atMost(1),
  flags: {
    ...clusterFlags,
    driver: text("Specify volume driver name", { short: "d", initial: "local" }),
    label: list("Set metadata for a volume", { check: checkLabel }),
    name: text("Specify volume name", { hidden: true }),
    opt: map("Set driver specific options", { short: "o" }),
  },
  examples: [["volume create --opt type=tmpfs --opt device=tmpfs --opt o=size=100m scratch", "A volume in memory"]],
  async run({ session, flags, given, args }) {
    const cluster = Object.keys(clusterFlags).find((name) => given.has(name));
    if (cluster !== undefined) {
      throw new CommandError(`--${cluster} is not part of Berth: cluster volumes belong to Swarm`);
    }
    const [named] = args;
    if (flags.name !== "" && named !== undefined) {
      throw new CommandError(
        "conflicting options: cannot specify a volume-name through both --name and as a positional arg",
      );
    }
    const berth = await session.berth();
    const { Name } = await berth.volumes.create({
      Name: named ?? flags.name,
      Driver: flags.driver,
      DriverOpts: { ...flags.opt },
      Labels: readLabels([], flags.label),
    });
    await session.stdout.line(Name);
  },
});
