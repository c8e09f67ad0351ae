// `compose up`: creates and starts the project and shows its output.
import type { Project } from "../../../compose/model/project.ts";
import { dependenciesOf, withSelected } from "../../../compose/model/project.ts";
import type { HookOutput } from "../../../compose/project/hooks.ts";
import type { Progress } from "../../../compose/project/progress.ts";
import { Starter } from "../../../compose/project/start.ts";
import { isTerminal } from "../../../linux/terminal.ts";
import { CommandError } from "../../failure.ts";
import type { FlagValues } from "../../flags/flag.ts";
import { integer, list, text, toggle } from "../../flags/kinds.ts";
import { AttachedRun } from "./attached.ts";
import { bringUp } from "./bring-up.ts";
import { composeCommand } from "./command.ts";
import { isTrue } from "./globals.ts";
import { Menu } from "./menu.ts";
import type { ComposeSession } from "./session.ts";
import { createFlags, createSettings, dryRunFlag, timeoutFlag, withScales } from "./up-flags.ts";
import { Watcher } from "./watcher.ts";

const flags = {
  ...createFlags,
  "abort-on-container-exit": toggle("Stops all containers if any container was stopped. Incompatible with -d"),
  "abort-on-container-failure": toggle(
    "Stops all containers if any container exited with failure. Incompatible with -d",
  ),
  "always-recreate-deps": toggle("Recreate dependent containers. Incompatible with --no-recreate."),
  attach: list("Restrict attaching to the specified services. Incompatible with --attach-dependencies.", {
    type: "stringArray",
  }),
  "attach-dependencies": toggle("Automatically attach to log output of dependent services"),
  detach: toggle("Detached mode: Run containers in the background", { short: "d" }),
  "dry-run": dryRunFlag,
  "exit-code-from": text("Return the exit code of the selected service container. Implies --abort-on-container-exit"),
  menu: toggle(
    "Enable interactive shortcuts when running attached. Incompatible with --detach. Can also be enable/disable by setting COMPOSE_MENU environment var.",
  ),
  "no-attach": list("Do not attach (stream logs) to the specified services", { type: "stringArray" }),
  "no-color": toggle("Produce monochrome output"),
  "no-deps": toggle("Don't start linked services"),
  "no-log-prefix": toggle("Don't print prefix in logs"),
  "no-start": toggle("Don't start the services after creating them"),
  "quiet-build": toggle("Suppress the build output"),
  "renew-anon-volumes": toggle("Recreate anonymous volumes instead of retrieving data from the previous containers", {
    short: "V",
  }),
  timeout: timeoutFlag,
  timestamps: toggle("Show timestamps"),
  wait: toggle("Wait for services to be running|healthy. Implies detached mode."),
  "wait-timeout": integer("Maximum duration in seconds to wait for the project to be running|healthy"),
  watch: toggle("Watch source code and rebuild/refresh containers when files are updated.", { short: "w" }),
};

type UpValues = FlagValues<typeof flags>;

/** @throws CommandError for flags that exclude each other */
function check(values: UpValues): void {
  const conflict = (words: string): never => {
    throw new CommandError(words);
  };
  const aborts = values["abort-on-container-exit"] || values["abort-on-container-failure"];
  if (values.wait && (values["attach-dependencies"] || values.attach.length > 0 || aborts)) {
    conflict(
      "--wait cannot be combined with --abort-on-container-exit, --abort-on-container-failure, --attach or --attach-dependencies",
    );
  }
  if (values["abort-on-container-exit"] && values["abort-on-container-failure"]) {
    conflict("cannot combine --abort-on-container-failure and --abort-on-container-exit");
  }
  if (values.detach && (values["attach-dependencies"] || aborts || values.attach.length > 0 || values.watch)) {
    conflict(
      "--detach cannot be combined with --abort-on-container-exit, --abort-on-container-failure, --attach, --attach-dependencies or --watch",
    );
  }
  if (values["no-recreate"] && values["always-recreate-deps"]) {
    conflict("--always-recreate-deps and --no-recreate are incompatible");
  }
}

/** Services whose output is shown. */
function shownServices(project: Project, values: UpValues, services: readonly string[]): Set<string> {
  const named = (names: readonly string[]) => names.filter((name) => project.services.has(name));
  const all = [...project.services.keys()];
  let shown = values.attach.length > 0 ? named(values.attach) : services.length > 0 ? named(services) : all;
  if (values["attach-dependencies"]) shown = [...shown, ...shown.flatMap((name) => [...dependenciesOf(project, name)])];
  const silent = all.filter((name) => project.services.get(name)?.attach === false && !values.attach.includes(name));
  return new Set(shown.filter((name) => !values["no-attach"].includes(name) && !silent.includes(name)));
}

/** Whether to show the menu: on an interactive terminal, unless disabled. */
function showsMenu({ session, options }: ComposeSession, values: UpValues, given: ReadonlySet<string>): boolean {
  const isVisible = session.stdout.isTerminal && isTerminal(0) && options.progress !== "plain";
  const { COMPOSE_MENU: setting } = process.env;
  return (
    isVisible &&
    options.ansi !== "never" &&
    (given.has("menu") ? values.menu : setting === undefined || isTrue(setting))
  );
}

interface Foreground {
  values: UpValues;
  services: readonly string[];
  hasMenu: boolean;
  start(hookOutput: HookOutput): Promise<void>;
}

/** Shows the containers' output until they exit, with menu and watcher. Returns the exit code. */
async function stay(
  compose: ComposeSession,
  project: Project,
  { values, services, hasMenu, start }: Foreground,
): Promise<number> {
  const engine = await compose.engine();
  const exitCodeFrom = values["exit-code-from"] || undefined;
  const unknown = values.attach.filter((name) => !project.services.has(name));
  if (unknown.length > 0) {
    throw new CommandError(`cannot attach to services not included in up: ${unknown.join(", ")}`);
  }
  if (exitCodeFrom !== undefined && !project.services.has(exitCodeFrom)) {
    throw new CommandError(`no such service: ${exitCodeFrom}`);
  }
  // A progress display below the menu would overwrite it.
  const quiet = compose.with({ progress: "quiet" });
  const makeWatcher = () => new Watcher(hasMenu ? quiet : compose, engine, project, true, (line) => run.note(line));
  let watcher = values.watch ? makeWatcher() : undefined;
  let isWatching = false;
  const toggleWatch = async (): Promise<boolean> => {
    watcher ??= makeWatcher();
    await (isWatching ? watcher.stop() : watcher.start());
    isWatching = !isWatching;
    return isWatching;
  };
  const shown = shownServices(project, values, services);
  const all = [...project.services.keys()];
  const canWatch = [...project.services.values()].some(({ develop }) => develop?.watch?.length);
  const actions = { detach: () => run.detach(), toggleWatch: canWatch ? toggleWatch : undefined };
  const run: AttachedRun = new AttachedRun(compose, engine, project, {
    shown,
    watched: new Set(services.length > 0 ? services : shown.size > 0 ? shown : all),
    stopped: services.length > 0 ? services : all,
    onExit:
      values["abort-on-container-exit"] || exitCodeFrom !== undefined
        ? "stop"
        : values["abort-on-container-failure"]
          ? "stop-on-failure"
          : "ignore",
    exitCodeFrom,
    timestamps: values.timestamps,
    timeout: values.timeout,
    hasColours: !values["no-color"],
    hasPrefix: !values["no-log-prefix"],
    menu: hasMenu ? new Menu(compose.session.stdout, actions, values.watch) : undefined,
  });
  const code = await run.run(async (hookOutput) => {
    await start(hookOutput);
    if (values.watch) await toggleWatch();
  });
  if (isWatching) await watcher?.stop();
  return code;
}

async function up(
  compose: ComposeSession,
  values: UpValues,
  given: ReadonlySet<string>,
  services: readonly string[],
): Promise<number> {
  const settings = createSettings(values);
  const selection = values["no-deps"] ? "none" : "dependencies";
  const opened = await compose.project(values["no-deps"] ? [] : services);
  const project = withScales(withSelected(opened, services, selection), values.scale);
  if (project.services.size === 0 && !compose.options.allResources) throw new CommandError("no service selected");
  const engine = await compose.engine();
  const isDetached = values.detach || values.wait || values["no-start"] || compose.options.dryRun;
  const starter = (ready: Project, progress: Progress, waits: boolean, hookOutput?: HookOutput) =>
    new Starter(engine, progress, ready, {
      services: [],
      waits,
      waitTimeout: values["wait-timeout"] === undefined ? undefined : values["wait-timeout"] * 1000,
      isDryRun: compose.options.dryRun,
      hookOutput,
    });
  const ready = await compose.withProgress("Running", async (progress) => {
    const provided = await bringUp(compose, project, progress, {
      ...settings,
      services,
      recreateDependencies: values["always-recreate-deps"] || settings.recreate === "force" ? "force" : "diverged",
      inherits: !values["renew-anon-volumes"],
      timeout: values.timeout,
      removesOrphans: values["remove-orphans"],
      quietPull: values["quiet-pull"],
      quietBuild: values["quiet-build"],
      assumesYes: values.yes,
    });
    if (isDetached && !values["no-start"]) await starter(provided, progress, values.wait).run();
    return provided;
  });
  if (isDetached) return 0;
  const quiet = compose.with({ progress: "quiet" });
  return stay(compose, project, {
    values,
    services,
    hasMenu: showsMenu(compose, values, given),
    start: (hookOutput) =>
      quiet.withProgress("Running", (progress) => starter(ready, progress, false, hookOutput).run()),
  });
}

export const composeUp = composeCommand({
  usage: "[OPTIONS] [SERVICE...]",
  arity: () => undefined,
  flags,
  async run({ compose, flags: values, given, args }) {
    check(values);
    const dryRun = compose.options.dryRun || values["dry-run"];
    return up(compose.with({ dryRun }), values, given, args);
  },
});
