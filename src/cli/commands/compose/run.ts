// `compose run`: runs one command in a new container of a service, beside those that `up` creates.

import { randomBytes } from "node:crypto";
import { pairsOf, splitPair } from "../../../api/pairs.ts";
import type { CreateContainerRequest } from "../../../client/index.ts";
import { parseDotenv } from "../../../compose/model/dotenv.ts";
import { resolvePaths } from "../../../compose/model/paths.ts";
import { longPorts } from "../../../compose/model/port-syntax.ts";
import { imageOf, type Project, type Service, withSelected } from "../../../compose/model/project.ts";
import { ports as portsForm, volumeMounts } from "../../../compose/model/schema/mounts.ts";
import { shellWords } from "../../../compose/model/shell-words.ts";
import { mapping, mappingAt } from "../../../compose/model/value.ts";
import { longVolume } from "../../../compose/model/volume-syntax.ts";
import { containerRequest } from "../../../compose/project/container-request.ts";
import { putContentFiles } from "../../../compose/project/content-files.ts";
import { createContainer } from "../../../compose/project/create-container.ts";
import { runHook } from "../../../compose/project/hooks.ts";
import { Images } from "../../../compose/project/images.ts";
import { Infrastructure } from "../../../compose/project/infrastructure.ts";
import { observeContainers } from "../../../compose/project/observed.ts";
import { linksOf, withReferences } from "../../../compose/project/references.ts";
import { Starter } from "../../../compose/project/start.ts";
import { isTerminal, windowSize } from "../../../linux/terminal.ts";
import { atLeast } from "../../command.ts";
import { openStreams, proxySignalsTo, useStreams } from "../../container-streams.ts";
import { CommandError } from "../../failure.ts";
import type { FlagValues } from "../../flags/flag.ts";
import { list, text, toggle } from "../../flags/kinds.ts";
import { withApiSocket } from "./api-socket.ts";
import { bringUp } from "./bring-up.ts";
import { composeCommand } from "./command.ts";
import { defaultBuildSettings, imageMaker } from "./image-maker.ts";
import { withModels } from "./models.ts";
import type { ComposeSession } from "./session.ts";
import { createSettings, dryRunFlag } from "./up-flags.ts";

const flags = {
  build: toggle("Build image before starting container"),
  "cap-add": list("Add Linux capabilities", { type: "list" }),
  "cap-drop": list("Drop Linux capabilities", { type: "list" }),
  detach: toggle("Run container in background and print container ID", { short: "d" }),
  "dry-run": dryRunFlag,
  entrypoint: text("Override the entrypoint of the image"),
  env: list("Set environment variables", { short: "e", type: "stringArray" }),
  "env-from-file": list("Set environment variables from file", { type: "stringArray", complete: "files" }),
  interactive: toggle("Keep STDIN open even if not attached", { short: "i", initial: true }),
  label: list("Add or override a label", { short: "l", type: "stringArray" }),
  name: text("Assign a name to the container"),
  "no-deps": toggle("Don't start linked services"),
  "no-tty": toggle("Disable pseudo-TTY allocation (default: auto-detected)", {
    short: "T",
    otherNames: { "no-TTY": "" },
  }),
  publish: list("Publish a container's port(s) to the host", { short: "p", type: "stringArray" }),
  pull: text('Pull image before running ("always"|"missing"|"never")', { initial: "policy" }),
  quiet: toggle("Don't print anything to STDOUT", { short: "q" }),
  "quiet-build": toggle("Suppress progress output from the build process"),
  "quiet-pull": toggle("Pull without printing progress information"),
  "remove-orphans": toggle("Remove containers for services not defined in the Compose file"),
  rm: toggle("Automatically remove the container when it exits"),
  "service-ports": toggle("Run command with all service's ports enabled and mapped to the host", { short: "P" }),
  tty: toggle("Allocate a pseudo-TTY", { short: "t", initial: true, hidden: true }),
  "use-aliases": toggle("Use the service's network useAliases in the network(s) the container connects to"),
  user: text("Run as specified username or uid", { short: "u" }),
  volume: list("Bind mount a volume", { short: "v", type: "stringArray" }),
  workdir: text("Working directory inside the container", { short: "w" }),
};

type RunValues = FlagValues<typeof flags>;

async function environmentOf(
  project: Project,
  service: Service,
  values: RunValues,
): Promise<Record<string, string | null>> {
  const files = new Map<string, string>();
  for (const path of values["env-from-file"]) {
    parseDotenv(await Bun.file(path).text(), files, (name) => project.environment.get(name));
  }
  const given = values.env.map((entry): [string, string | null] => {
    const [name, value] = splitPair(entry);
    return [name, value ?? project.environment.get(name) ?? null];
  });
  return { ...service.environment, ...Object.fromEntries(files), ...Object.fromEntries(given) };
}

/** Whether the container gets a terminal. @throws CommandError for flags that exclude each other */
function hasTerminal({ tty, "no-tty": noTty, interactive }: RunValues, given: ReadonlySet<string>): boolean {
  if (given.has("tty") && given.has("no-tty")) throw new CommandError("--tty and --no-TTY can't be used together");
  // By default, input from a pipe is read without a terminal.
  const isUnasked = !given.has("tty") && !given.has("no-tty") && !given.has("interactive");
  const wanted = given.has("tty")
    ? tty
    : given.has("no-tty")
      ? !noTty
      : isTerminal(1) && !(isUnasked && !isTerminal(0));
  if (wanted && interactive && !isTerminal(0)) {
    throw new CommandError("cannot attach stdin to a TTY-enabled container because stdin is not a terminal");
  }
  return wanted;
}

const readOptions = { extensions: false };

/** The service with the overrides of the command line. */
async function adjusted(
  project: Project,
  service: Service,
  values: RunValues,
  words: readonly string[],
  given: ReadonlySet<string>,
): Promise<Service> {
  const model = mapping([["services", mapping([["x", mapping([["volumes", values.volume.map(longVolume)]])]])]]);
  const resolved = resolvePaths(model, process.env.PWD || process.cwd());
  const extra = mappingAt(mappingAt(resolved, "services"), "x").volumes ?? [];
  const published = portsForm.read(values.publish.flatMap(longPorts), [], readOptions);
  const own = values["service-ports"] ? (service.ports ?? []) : [];
  return {
    ...service,
    command: words.length > 0 ? words : given.has("entrypoint") ? [] : (service.command ?? null),
    entrypoint: given.has("entrypoint") ? shellWords(values.entrypoint) : (service.entrypoint ?? null),
    environment: await environmentOf(project, service, values),
    user: values.user || service.user || "",
    working_dir: values.workdir || service.working_dir || "",
    tty: hasTerminal(values, given),
    stdin_open: values.interactive,
    labels: { ...service.labels, ...pairsOf(values.label) },
    ports: [...own, ...published],
    volumes: [...(service.volumes ?? []), ...volumeMounts.read(extra, [], readOptions)],
    cap_add: [...(service.cap_add ?? []), ...values["cap-add"]],
    cap_drop: [...(service.cap_drop ?? []), ...values["cap-drop"]],
    restart: "",
    container_name: "",
    scale: 1,
    deploy: service.deploy && { ...service.deploy, restart_policy: { condition: "none" } },
  };
}

/** Starts the service's dependencies. Returns the project with the providers' variables. */
async function startDependencies(
  compose: ComposeSession,
  project: Project,
  name: string,
  values: RunValues,
): Promise<Project> {
  const services = new Map([...project.services].filter(([other]) => other !== name));
  const target = project.services.get(name);
  if (services.size === 0 || !target) return project;
  const needed = { ...project, services, disabled: new Map([...project.disabled, [name, target]]) };
  const engine = await compose.engine();
  return compose.withProgress("Running", async (progress) => {
    const provided = await bringUp(compose, needed, progress, {
      ...createSettings({ ...values, "no-build": false, "force-recreate": false, "no-recreate": false }),
      services: [],
      recreateDependencies: "diverged",
      inherits: true,
      timeout: undefined,
      removesOrphans: values["remove-orphans"],
      quietPull: values["quiet-pull"],
      quietBuild: values["quiet-build"],
      assumesYes: false,
    });
    // Waits for the service's own dependency conditions, too, as if it was started.
    const all = new Map([...provided.services, [name, { ...target, scale: 0 }]]);
    const options = { services: [], waits: false, waitTimeout: undefined, isDryRun: compose.options.dryRun };
    await new Starter(engine, progress, { ...provided, services: all }, options).run();
    return { ...project, services: new Map([...provided.services, [name, provided.disabled.get(name) ?? target]]) };
  });
}

interface Made {
  id: string;
  name: string;
  service: Service;
}

async function runHooks(compose: ComposeSession, { id, name, service }: Made): Promise<void> {
  const engine = await compose.engine();
  for (const hook of service.post_start ?? []) {
    await runHook(engine, { id, name, service: service.name }, hook, undefined);
  }
}

async function make(
  compose: ComposeSession,
  project: Project,
  name: string,
  values: RunValues,
  words: readonly string[],
  given: ReadonlySet<string>,
): Promise<Made> {
  const original = project.services.get(name);
  if (!original) throw new CommandError(`no such service: ${name}`);
  const engine = await compose.engine();
  const { parallel } = compose.options;
  const { separator } = compose;
  const only: Project = { ...project, services: new Map([[name, original]]) };
  const { images, alone } = await compose.withProgress("Running", async (progress) => {
    const settings = createSettings({ ...values, "no-build": false, "force-recreate": false, "no-recreate": false });
    const maker = imageMaker(compose, project, progress, {
      ...defaultBuildSettings,
      quiet: values["quiet-build"],
      quietPull: values["quiet-pull"],
    });
    const found = await new Images(engine, maker, only, progress, { separator, parallel, ...settings }).ensure();
    await new Infrastructure(engine, progress, project, { parallel, confirm: async () => false }).ensure();
    return { images: found, alone: await withModels(compose, await withApiSocket(compose, only), progress) };
  });
  const observed = Map.groupBy(await observeContainers(engine, project.name), ({ service }) => service);
  const containersOf = (service: string) => observed.get(service) ?? [];
  const service = withReferences(
    await adjusted(project, alone.services.get(name) ?? original, values, words, given),
    containersOf,
  );
  const slug = randomBytes(32).toString("hex");
  const container = values.name || [project.name, name, "run", slug.slice(0, 12)].join(separator);
  const request: CreateContainerRequest = containerRequest(alone, service, {
    number: undefined,
    name: container,
    separator,
    imageId: images.get(imageOf(service, project, separator)),
    links: linksOf(project, service, undefined, separator, containersOf),
    isOneOff: true,
    slug,
    attachesInput: values.interactive,
    autoRemove: values.rm,
    usesAliases: values["use-aliases"],
    warn: compose.warn,
  });
  const size = service.tty ? windowSize(1) : undefined;
  if (size && request.HostConfig) request.HostConfig.ConsoleSize = [size.rows, size.columns];
  const { Id } = await createContainer(engine, request, { name: container, platform: service.platform });
  if (!compose.options.dryRun) await putContentFiles(engine, alone, service, Id);
  return { id: Id, name: container, service };
}

/** Attaches to the container and returns its exit code. */
async function stay(compose: ComposeSession, made: Made, values: RunValues): Promise<number> {
  const { id, service } = made;
  const { session } = compose;
  const berth = await session.berth();
  const stdin = service.stdin_open === true;
  const options = { container: id, tty: service.tty === true, stdin, stdout: true, stderr: true, detachKeys: "" };
  const release = proxySignalsTo(berth, id, !options.tty);
  const [stream, { result }] = await Promise.all([
    openStreams(session, berth, options),
    berth.containers.waiting(id, values.rm ? "removed" : "next-exit"),
  ]);
  await berth.containers.start(id);
  // Report a failure after the output, and only when the command itself succeeded.
  const hooks = runHooks(compose, made).then(
    () => undefined,
    (thrown: unknown) => ({ thrown }),
  );
  if ((await useStreams(session, berth, stream, options)) === "detached") return 0;
  const { StatusCode } = await result;
  const failure = await hooks;
  release();
  if (failure && StatusCode === 0) throw failure.thrown;
  return StatusCode;
}

export const run = composeCommand({
  usage: "[OPTIONS] SERVICE [COMMAND] [ARGS...]",
  arity: atLeast(1),
  stopAtPositional: true,
  flags,
  async run({ compose: outer, flags: values, given, args }) {
    const dryRun = outer.options.dryRun || values["dry-run"];
    const compose = outer.with({ dryRun, ...(values.quiet && { progress: "quiet" as const }) });
    const [name = "", ...words] = args;
    if (values["service-ports"] && values.publish.length > 0) {
      throw new CommandError("--service-ports and --publish are incompatible");
    }
    const opened = await compose.project([name]);
    const selected = values["no-deps"] ? withSelected(opened, [name], "none") : opened;
    const project = await startDependencies(compose, selected, name, values);
    const made = await make(compose, project, name, values, words, given);
    if (dryRun) return 0;
    if (!values.detach) return stay(compose, made, values);
    const engine = await compose.engine();
    await engine.containers.start(made.id);
    await runHooks(compose, made);
    await compose.session.stdout.line(made.id);
    return 0;
  },
});
