// `berth inspect`: inspects an object of any type by name.
import { ApiError } from "../../../client/errors.ts";
import type { Berth } from "../../../client/index.ts";
import { atLeast, command } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { objectFormat, text, toggle } from "../../flags/kinds.ts";
import type { Inspected, ObjectKind } from "../../inspected.ts";
import { inspectAll } from "../../inspection.ts";
import type { Session } from "../../session.ts";

type Find = (berth: Berth, name: string, options: { size: boolean }) => Promise<string>;

/** In lookup order. */
const finders: readonly (readonly [ObjectKind, Find])[] = [
  ["container", (berth, name, { size }) => berth.containers.inspectText(name, { size })],
  ["image", (berth, name) => berth.images.inspectText(name)],
  ["network", (berth, name) => berth.networks.inspectText(name)],
  ["volume", (berth, name) => berth.volumes.inspectText(name)],
];

const SWARM_KINDS = ["config", "node", "plugin", "secret", "service", "task"];

/** Whether the error means that no object of this type has the name. */
function isElsewhere(thrown: unknown): boolean {
  return thrown instanceof ApiError && (thrown.status === 404 || thrown.status === 400);
}

async function findAny(session: Session, name: string, type: string, size: boolean): Promise<Inspected> {
  const berth = await session.berth();
  for (const [kind, find] of finders) {
    if (type !== "" && type !== kind) continue;
    try {
      const json = await find(berth, name, { size });
      if (size && kind !== "container") await session.stderr.line(`WARNING: --size ignored for ${kind}`);
      return { kind, json };
    } catch (thrown) {
      if (type !== "" || !isElsewhere(thrown)) throw thrown;
    }
  }
  throw new CommandError(`Error: No such object: ${name}`);
}

export const inspect = command({
  usage: "[OPTIONS] NAME|ID [NAME|ID...]",
  arity: atLeast(1),
  complete: ["containers"],
  flags: {
    format: objectFormat(),
    size: toggle("Display total file sizes if the type is container", { short: "s" }),
    type: text("Only inspect objects of the given type", { complete: finders.map(([kind]) => kind) }),
  },
  examples: [
    ["inspect -f '{{.NetworkSettings.IPAddress}}' web", "One field of a container"],
    ["inspect -f '{{json .Config.Labels}}' web", "A part of it as JSON"],
  ],
  async run({ session, flags, args }) {
    const { type, size } = flags;
    const kinds = finders.map(([kind]): string => kind);
    if (type !== "" && !kinds.includes(type)) {
      if (SWARM_KINDS.includes(type)) throw new CommandError(`Berth has no objects of type ${JSON.stringify(type)}`);
      const known = [...kinds, ...SWARM_KINDS].sort().map((kind) => JSON.stringify(kind));
      throw new CommandError(`unknown type: ${JSON.stringify(type)}: must be one of ${known.join(", ")}`);
    }
    await inspectAll(session, args, flags.format, (name) => findAny(session, name, type, size));
  },
});
