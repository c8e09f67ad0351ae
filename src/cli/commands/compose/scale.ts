// `compose scale`: changes the number of containers of services.
import { withSelected } from "../../../compose/model/project.ts";
import { Starter } from "../../../compose/project/start.ts";
import { atLeast } from "../../command.ts";
import { CommandError } from "../../failure.ts";
import { toggle } from "../../flags/kinds.ts";
import { bringUp } from "./bring-up.ts";
import { composeCommand } from "./command.ts";
import { dryRunFlag, withScales } from "./up-flags.ts";

export const scale = composeCommand({
  usage: "[SERVICE=REPLICAS...]",
  arity: atLeast(1),
  flags: { "dry-run": dryRunFlag, "no-deps": toggle("Don't start linked services") },
  async run({ compose: given, flags, args }) {
    const compose = given.with({ dryRun: given.options.dryRun || flags["dry-run"] });
    const names = args.map((entry) => {
      const [, name, count = ""] = /^(.*?)=(.*)$/s.exec(entry) ?? [];
      if (name === undefined) throw new CommandError(`invalid scale specifier: ${entry}`);
      if (!/^\d+$/.test(count)) {
        throw new CommandError(`invalid scale specifier: can't parse replica value as int: ${entry}`);
      }
      return name;
    });
    const opened = await compose.project(flags["no-deps"] ? [] : names);
    const project = withScales(withSelected(opened, names, flags["no-deps"] ? "none" : "dependencies"), args);
    const engine = await compose.engine();
    await compose.withProgress("Running", async (progress) => {
      const provided = await bringUp(compose, project, progress, {
        build: "missing",
        pull: undefined,
        recreate: "diverged",
        services: names,
        recreateDependencies: "diverged",
        inherits: true,
        timeout: undefined,
        removesOrphans: false,
        quietPull: false,
        quietBuild: false,
        assumesYes: false,
      });
      const isDryRun = compose.options.dryRun;
      const options = { services: [], waits: false, waitTimeout: undefined, isDryRun };
      await new Starter(engine, progress, provided, options).run();
    });
  },
});
