// `berth update`: changes limits and published ports of containers.
import { resourceOptions } from "../../../api/container-options.ts";
import type { UpdateContainerRequest } from "../../../api/container-requests.ts";
import { atLeast, command } from "../../command.ts";
import { optionFields, optionFlags } from "../../container-spec/options.ts";
import { planPorts, readContainerPorts } from "../../container-spec/ports.ts";
import { readRestartPolicy } from "../../container-spec/supervision.ts";
import { CommandError } from "../../failure.ts";
import { list, text } from "../../flags/kinds.ts";
import { failureText } from "../../report.ts";

function publishChange(
  added: readonly string[],
  removed: readonly string[],
): Pick<UpdateContainerRequest, "PublishAdd" | "PublishRemove"> {
  return {
    ...(added.length > 0 && { PublishAdd: planPorts(added, []).bindings }),
    ...(removed.length > 0 && { PublishRemove: removed.flatMap((ports) => readContainerPorts(ports, "--publish-rm")) }),
  };
}

export const update = command({
  usage: "[OPTIONS] CONTAINER [CONTAINER...]",
  arity: atLeast(1),
  complete: ["containers"],
  flags: {
    ...optionFlags(resourceOptions, true),
    "publish-add": list("Publish additional ports of the container to the host", { addition: true }),
    "publish-rm": list("Unpublish ports of the container", { addition: true }),
    restart: text("Restart policy to apply when a container exits", {
      complete: ["no", "always", "on-failure", "unless-stopped"],
    }),
  },
  examples: [
    ["update --memory 512m --cpus 1.5 web", "Less memory and processor for a container that runs"],
    ["update --publish-add 8443:443 --publish-rm 80 web", "Another published port in the place of one"],
  ],
  async run({ session, flags, given, args }) {
    if (given.size === 0) throw new CommandError("you must provide one or more flags when using this command");
    const request = {
      ...optionFields(resourceOptions, flags, given),
      // Like other limits, a pids limit of 0 means unchanged; -1 removes the limit.
      PidsLimit: flags["pids-limit"] || undefined,
      ...publishChange(flags["publish-add"], flags["publish-rm"]),
      ...(flags.restart === "" ? {} : { RestartPolicy: readRestartPolicy(flags.restart) }),
    };
    const berth = await session.berth();
    const failures: string[] = [];
    const warnings: string[] = [];
    for (const container of args) {
      try {
        const { Warnings } = await berth.containers.update(container, request);
        warnings.push(...(Warnings ?? []));
        await session.stdout.line(container);
      } catch (thrown) {
        failures.push(failureText(thrown));
      }
    }
    // Docker prints this on standard output, too.
    for (const warning of warnings) await session.stdout.line(warning);
    if (failures.length > 0) throw new CommandError(failures.join("\n"));
  },
});
