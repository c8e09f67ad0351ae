// `berth context inspect`
import { command } from "../../command.ts";
import { contextObject, describeContext } from "../../config/context-description.ts";
import { chosenContext } from "../../config/target.ts";
import { objectFormat } from "../../flags/kinds.ts";
import { inspectAll } from "../../inspection.ts";
import { escapeHtmlInJson } from "../../template/values.ts";

export const inspectContexts = command({
  usage: "[OPTIONS] [CONTEXT] [CONTEXT...]",
  arity: () => undefined,
  complete: ["contexts"],
  flags: { format: objectFormat() },
  async run({ session, flags, args }) {
    const names = args.length > 0 ? args : [chosenContext(session.options, await session.configuration())];
    await inspectAll(session, names, flags.format, async (name) => {
      const context = await describeContext(session, name);
      return { kind: "context", json: escapeHtmlInJson(JSON.stringify(contextObject(context))) };
    });
  },
});
