// Containers that run before a service starts, one after the other, with its volumes and networks. A failed one is kept
// for its log until the next `up` or `down`.
import { STDERR } from "../../api/streams.ts";
import { ComposeError } from "../model/compose-error.ts";
import type { Project, Service } from "../model/project.ts";
import { environmentList, networking } from "./container-request.ts";
import { createContainer } from "./create-container.ts";
import type { Engine } from "./engine.ts";
import type { HookOutput } from "./hooks.ts";
import { COMPOSE_VERSION, label, projectFilter } from "./labels.ts";
import type { ObservedContainer } from "./observed.ts";
import { OutputTails } from "./output-tail.ts";
import type { Progress } from "./progress.ts";

const HOOK_TYPE = "pre_start";

type PreStartHook = NonNullable<Service["pre_start"]>[number];

/** Removes the containers of failed hooks. Warns when one cannot be removed. */
export async function removeHookContainers(
  engine: Pick<Engine, "containers">,
  progress: Progress,
  project: string,
  services: readonly string[] = [],
): Promise<void> {
  const filters = projectFilter(project, `${label.hook}=${HOOK_TYPE}`);
  for (const { Id, Labels } of await engine.containers.list({ all: true, filters })) {
    if (services.length > 0 && !services.includes(Labels[label.service] ?? "")) continue;
    await engine.containers.remove(Id, { force: true, volumes: true }).catch((thrown: unknown) => {
      progress.warn(`failed to remove stale pre_start hook container ${Id}: ${messageOf(thrown)}`);
    });
  }
}

const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/**
 * Runs the hooks of a service without running containers.
 * @param containers of the service; the hooks use the volumes of the first
 * @throws ComposeError when a hook fails; later hooks do not run
 */
export async function runPreStart(
  engine: Engine,
  progress: Progress,
  project: Project,
  service: Service,
  containers: readonly ObservedContainer[],
  output: HookOutput | undefined,
): Promise<void> {
  const { name, pre_start: hooks = [] } = service;
  const [first] = containers.toSorted((a, b) => a.number - b.number);
  if (hooks.length === 0 || !first) return;
  for (const [index, { per_replica: isPerReplica }] of hooks.entries()) {
    if (!isPerReplica) continue;
    throw new ComposeError(
      `service "${name}" pre_start[${index}]: per_replica is not yet supported; remove per_replica or set it to false`,
    );
  }
  await removeHookContainers(engine, progress, project.name, [name]);
  for (const [index, hook] of hooks.entries()) {
    const id = await createHookContainer(engine, project, service, first, hook);
    await runHookContainer(engine, progress, { id, service: name, index }, output);
  }
}

function createHookContainer(
  engine: Engine,
  project: Project,
  service: Service,
  container: ObservedContainer,
  hook: PreStartHook,
): Promise<string> {
  const { mode, endpoints } = networking(project, service, {
    number: 0,
    name: "",
    separator: "-",
    links: [],
    usesAliases: true,
  });
  return createContainer(engine, {
    Image: hook.image || container.summary.Image,
    Cmd: hook.command ? [...hook.command] : undefined,
    User: hook.user,
    WorkingDir: hook.working_dir,
    Env: [...environmentList(service.environment), ...environmentList(hook.environment)],
    AttachStdout: true,
    AttachStderr: true,
    Labels: {
      [label.project]: project.name,
      [label.service]: service.name,
      [label.version]: COMPOSE_VERSION,
      [label.hook]: HOOK_TYPE,
    },
    HostConfig: { Privileged: hook.privileged, VolumesFrom: [container.id], NetworkMode: mode },
    NetworkingConfig: endpoints && { EndpointsConfig: endpoints },
  }).then(({ Id }) => Id);
}

interface HookRun {
  id: string;
  service: string;
  index: number;
}

async function runHookContainer(
  engine: Engine,
  progress: Progress,
  { id, service, index }: HookRun,
  output: HookOutput | undefined,
): Promise<void> {
  const tails = new OutputTails();
  const pump = async ({ output: frames }: Awaited<ReturnType<Engine["containers"]["attach"]>>): Promise<void> => {
    for await (const { stream, payload } of frames) {
      (stream === STDERR ? tails.error : tails.out).add(payload);
      await output?.(`${service} pre_start[${index}] ->`, payload);
    }
  };
  const remove = (): Promise<void> => engine.containers.remove(id, { force: true, volumes: true });
  // Both before the start, so that neither output nor exit of a short hook is missed.
  const [{ result }, stream] = await Promise.all([
    engine.containers.waiting(id, "next-exit"),
    engine.containers.attach(id, false, {}),
  ]);
  const pumped = pump(stream);
  try {
    await engine.containers.start(id);
  } catch (thrown) {
    // Removing the container ends its streams.
    await remove().catch(() => undefined);
    await Promise.allSettled([result, pumped]);
    throw thrown;
  }
  const [{ StatusCode }] = await Promise.all([result, pumped]);
  if (StatusCode !== 0) {
    const said = String(tails);
    throw new ComposeError(
      `service "${service}" pre_start[${index}] exited with code ${StatusCode}${said === "" ? "" : `: ${said}`} (hook container ${id.slice(0, 12)} retained for inspection)`,
    );
  }
  await remove().catch((thrown: unknown) => {
    progress.warn(
      `service "${service}" pre_start[${index}]: failed to remove hook container ${id}: ${messageOf(thrown)}`,
    );
  });
}
