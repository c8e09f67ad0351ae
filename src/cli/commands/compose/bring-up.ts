// Creates images, networks, volumes and then containers of a project, without starting the containers.
import { checkContainerNames } from "../../../compose/model/consistency.ts";
import type { Project } from "../../../compose/model/project.ts";
import { Converger, type RecreatePolicy } from "../../../compose/project/converge.ts";
import { Images } from "../../../compose/project/images.ts";
import { Infrastructure } from "../../../compose/project/infrastructure.ts";
import { isTerminal } from "../../../linux/terminal.ts";
import { confirm } from "../../terminal/prompt.ts";
import { withApiSocket } from "./api-socket.ts";
import { isTrue } from "./globals.ts";
import { defaultBuildSettings, imageMaker } from "./image-maker.ts";
import { withModels } from "./models.ts";
import type { ProgressWriter } from "./progress.ts";
import { withProviders } from "./providers.ts";
import type { ComposeSession } from "./session.ts";
import type { CreateSettings } from "./up-flags.ts";

export interface BringUpOptions extends CreateSettings {
  /** The selected services; empty selects all. */
  services: readonly string[];
  recreateDependencies: RecreatePolicy;
  inherits: boolean;
  timeout: number | undefined;
  removesOrphans: boolean;
  quietPull: boolean;
  quietBuild: boolean;
  assumesYes: boolean;
}

/** @returns the project with what models, providers and the API socket added to its services */
export async function bringUp(
  compose: ComposeSession,
  project: Project,
  progress: ProgressWriter,
  options: BringUpOptions,
): Promise<Project> {
  const { parallel } = compose.options;
  const { separator } = compose;
  checkContainerNames(project);
  const engine = await compose.engine();
  const maker = imageMaker(compose, project, progress, {
    ...defaultBuildSettings,
    quiet: options.quietBuild,
    quietPull: options.quietPull,
  });
  const { pull, build } = options;
  const images = await new Images(engine, maker, project, progress, { separator, parallel, pull, build }).ensure();
  const modelled = await withModels(compose, project, progress);
  await new Infrastructure(engine, progress, project, {
    parallel,
    confirm: async (question) =>
      options.assumesYes || (isTerminal(0) && (await progress.aside(() => confirm(compose.session, question)))),
  }).ensure();
  const provided = await withProviders(compose, await withApiSocket(compose, modelled), progress);
  await new Converger(engine, progress, provided, {
    separator,
    parallel,
    recreate: options.recreate,
    recreateDependencies: options.recreateDependencies,
    services: options.services,
    inherits: options.inherits,
    timeout: options.timeout,
    removesOrphans: options.removesOrphans || isTrue(process.env.COMPOSE_REMOVE_ORPHANS),
    ignoresOrphans: isTrue(process.env.COMPOSE_IGNORE_ORPHANS),
    images,
    platform: project.environment.get("DOCKER_DEFAULT_PLATFORM"),
  }).run();
  return provided;
}
