// `compose cp`: copies files to and from service containers.
import type { ObservedContainer } from "../../../compose/project/observed.ts";
import { withProgress } from "../../../compose/project/progress.ts";
import { exactly } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { integer, toggle } from "../../flags/kinds.ts";
import { copy } from "../container/copy.ts";
import { composeCommand } from "./command.ts";
import { delegate, serviceContainer, serviceContainers } from "./delegate.ts";
import type { ComposeSession } from "./session.ts";
import { dryRunFlag } from "./up-flags.ts";

const indexFlag = integer("Index of the container if service has multiple replicas");

/** The service and the path of "web:/etc"; undefined for a local path. */
function placeOf(place: string): { service: string; path: string } | undefined {
  const [, service, path = ""] = /^([a-zA-Z0-9][\w.-]*):(.*)$/s.exec(place) ?? [];
  return service === undefined ? undefined : { service, path };
}

/** @throws CommandError when there is none */
async function containersFor(
  compose: ComposeSession,
  service: string,
  { index, all }: { index: number | undefined; all: boolean },
): Promise<ObservedContainer[]> {
  const choice = { stopped: true, oneOffs: all };
  if (index) return [await serviceContainer(compose, service, { ...choice, index })];
  const containers = await serviceContainers(compose, service, choice);
  if (containers.length === 0) throw new CommandError(`no container found for service ${JSON.stringify(service)}`);
  return containers;
}

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
  async run({ compose: given, flags, args }) {
    const compose = given.with({ dryRun: given.options.dryRun || flags["dry-run"] });
    const [source = "", destination = ""] = args;
    const [from, to] = [placeOf(source), placeOf(destination)];
    if (from && to) throw new CommandError("copying between services is not supported");
    const service = from?.service ?? to?.service;
    if (service === undefined) throw new CommandError("unknown copy direction");
    const all = await containersFor(compose, service, flags);
    const options = [
      "--quiet",
      ...(flags.archive ? ["--archive"] : []),
      ...(flags["follow-link"] ? ["--follow-link"] : []),
    ];
    await compose.withProgress("Copying", (progress) =>
      Promise.all(
        (from ? all.slice(0, 1) : all).map(async ({ id, name }) => {
          const what = from ? `${name}:${from.path} to ${destination}` : `${source} to ${name}:${to?.path ?? ""}`;
          const places = from ? [`${id}:${from.path}`, destination] : [source, `${id}:${to?.path ?? ""}`];
          await withProgress(progress, name, [`copy ${what} Copying`, `copy ${what} Copied`], async () => {
            if (!compose.options.dryRun) await delegate(compose, copy, [...options, ...places]);
          });
        }),
      ),
    );
  },
});
