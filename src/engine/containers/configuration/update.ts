// `update`: limits and published ports, which take effect at once where the container runs, and the restart policy.
import type { UpdateContainerRequest } from "../../../api/containers.ts";
import { BerthError } from "../../../api/errors.ts";
import { completeResources, validateResources } from "../../../runtime/spec/validation/resources.ts";
import { updatedLimits } from "../../../runtime/spec/validation/update.ts";
import type { CgroupControl } from "../cgroup-control.ts";
import type { Container } from "../container.ts";
import type { ContainerDependencies } from "../dependencies.ts";
import { checkRestartPolicy } from "../life/restart-policy.ts";
import type { ContainerStore } from "../store.ts";

export interface UpdateHost extends Pick<ContainerDependencies, "host" | "events" | "networks"> {
  store: ContainerStore<Container>;
  cgroups: CgroupControl;
}

/** The answer is warnings. @throws BerthError in Docker's words */
export async function updateContainer(
  container: Container,
  request: UpdateContainerRequest,
  { store, events, host, cgroups, networks }: UpdateHost,
): Promise<string[]> {
  const { RestartPolicy, PublishAdd, PublishRemove, ...limits } = request;
  const { hostConfig } = container.spec;
  if (RestartPolicy) checkRestartPolicy(RestartPolicy);
  if (!["", "no"].includes(RestartPolicy?.Name ?? "") && hostConfig.AutoRemove) {
    throw new BerthError(
      "conflict",
      `Cannot update container ${container.id}: Restart policy cannot be updated because AutoRemove is enabled for the container`,
    );
  }
  const wishes = updatedLimits(container.id, hostConfig, limits);
  const warnings = validateResources(wishes, host, true);
  const updated = completeResources(wishes, host);
  if (container.isRunning)
    await container.calls.track("update", (signal) => cgroups.update(container, updated, signal));
  Object.assign(hostConfig, updated);
  if (PublishAdd || PublishRemove) {
    const change = { add: PublishAdd ?? {}, remove: PublishRemove ?? [] };
    hostConfig.PortBindings = networks.changePublished(container.id, change);
  }
  if (RestartPolicy?.Name) hostConfig.RestartPolicy = { MaximumRetryCount: 0, ...RestartPolicy };
  store.saveSpec(container);
  events.publish("container", "update", container.id, container.eventAttributes());
  return warnings;
}
