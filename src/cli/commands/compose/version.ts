// `compose version`: prints the Compose release that Berth is compatible with.
import { COMPOSE_VERSION } from "../../../compose/project/labels.ts";
import { text, toggle } from "../../flags/kinds.ts";
import { composeCommand } from "./command.ts";
import { dryRunFlag } from "./up-flags.ts";

export const version = composeCommand({
  usage: "[OPTIONS]",
  arity: () => undefined,
  flags: {
    "dry-run": dryRunFlag,
    format: text("Format the output. Values: [pretty | json]. (Default: pretty)", { short: "f" }),
    short: toggle("Shows only Compose's version number"),
  },
  async run({ compose, flags }) {
    const { stdout } = compose.session;
    if (flags.short) await stdout.line(COMPOSE_VERSION);
    else if (flags.format === "json") await stdout.line(JSON.stringify({ version: `v${COMPOSE_VERSION}` }));
    else await stdout.line(`Docker Compose version v${COMPOSE_VERSION}`);
  },
});
