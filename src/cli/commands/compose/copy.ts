// `compose cp`: copies files to and from service containers.
import { exactly } from "../../command.ts";
import { integer, toggle } from "../../flags/kinds.ts";
import { copy } from "../container/copy.ts";
import { composeCommand } from "./command.ts";
import { delegate, serviceContainer } from "./delegate.ts";
import { dryRunFlag } from "./up-flags.ts";

const indexFlag = integer("Index of the container if service has multiple replicas");

export const composeCopy = composeCommand({
  usage: "[OPTIONS] SERVICE:SRC_PATH DEST_PATH|-\n\tberth compose cp [OPTIONS] SRC_PATH|- SERVICE:DEST_PATH",
  arity: exactly(2),
  flags: {
    all: toggle("Include containers created by the run command"),
    archive: toggle("Archive mode (copy all uid/gid information)", { short: "a" }),
    "dry-run": dryRunFlag,
    "follow-link": toggle("Always follow symbol link in SRC_PATH", { short: "L" }),
    index: indexFlag,
  },
  async run({ compose, flags, args }) {
    const choice = { index: flags.index, stopped: true, oneOffs: flags.all };
    const places = await Promise.all(
      args.map(async (place) => {
        const [, service, path] = /^([a-zA-Z0-9][\w.-]*):(.*)$/s.exec(place) ?? [];
        if (service === undefined) return place;
        const { id } = await serviceContainer(compose, service, choice);
        return `${id}:${path}`;
      }),
    );
    return delegate(compose, copy, [
      ...(flags.archive ? ["--archive"] : []),
      ...(flags["follow-link"] ? ["--follow-link"] : []),
      ...places,
    ]);
  },
});
