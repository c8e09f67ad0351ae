// `berth context use`
import { command, exactly } from "../../command.ts";
import { writeConfiguration } from "../../config/configuration.ts";
import { ContextStore, DEFAULT_CONTEXT } from "../../config/context-store.ts";
import { setting } from "../../config/environment.ts";

export const use = command({
  usage: "CONTEXT",
  arity: exactly(1),
  complete: ["contexts"],
  flags: {},
  async run({ session, args }) {
    const [name = ""] = args;
    if (name !== DEFAULT_CONTEXT) new ContextStore(session.options.config).get(name);
    const { currentContext, ...configuration } = await session.configuration();
    const next = name === DEFAULT_CONTEXT ? undefined : name;
    if (currentContext !== next) {
      await writeConfiguration(session.options.config, { ...configuration, ...(next && { currentContext: next }) });
    }
    await session.stdout.line(name);
    await session.stderr.line(`Current context is now ${JSON.stringify(name)}`);
    if (name !== DEFAULT_CONTEXT && setting("HOST")) {
      await session.stderr.line(
        `Warning: DOCKER_HOST environment variable overrides the active context. To use ${JSON.stringify(name)}, either set the global --context flag, or unset DOCKER_HOST environment variable.`,
      );
    }
  },
});
