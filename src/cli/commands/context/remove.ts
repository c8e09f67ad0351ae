// `berth context rm`
import { atLeast, command } from "../../command.ts";
import { writeConfiguration } from "../../config/configuration.ts";
import { ContextStore, DEFAULT_CONTEXT } from "../../config/context-store.ts";
import { chosenContext } from "../../config/target.ts";
import { CommandError } from "../../failure.ts";
import { toggle } from "../../flags/kinds.ts";

export const remove = command({
  usage: "CONTEXT [CONTEXT...]",
  arity: atLeast(1),
  complete: ["contexts"],
  flags: { force: toggle("Force the removal of a context in use", { short: "f" }) },
  async run({ session, flags, args }) {
    const store = new ContextStore(session.options.config);
    const configuration = await session.configuration();
    const current = chosenContext(session.options, configuration);
    const failures: string[] = [];
    for (const name of args) {
      const quoted = JSON.stringify(name);
      if (name === DEFAULT_CONTEXT) failures.push(`context ${quoted} cannot be removed`);
      else if (!store.find(name) && !flags.force) failures.push(`context ${quoted} does not exist`);
      else if (name === current && !flags.force)
        failures.push(`context ${quoted} is in use, set -f flag to force remove`);
      else {
        store.remove(name);
        if (name === configuration.currentContext) {
          const { currentContext: _, ...kept } = configuration;
          await writeConfiguration(session.options.config, kept);
        }
        await session.stdout.line(name);
      }
    }
    if (failures.length > 0) throw new CommandError(failures.join("\n"));
  },
});
