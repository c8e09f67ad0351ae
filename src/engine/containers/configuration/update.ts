// `update`: limits and published ports, which take effect immediately in a running container, and the restart policy.
import type { UpdateContainerRequest } from "../../../api/containers.ts";
import { BerthError } from "../../../api/errors.ts";
import type { HostConfig } from "../../../api/host-configuration.ts";
import type { HostFacts } from "../../../runtime/spec/host.ts";
import { completeResources, validateResources } from "../../../runtime/spec/validation/resources.ts";
import { updatedLimits } from "../../../runtime/spec/validation/update.ts";
import type { Events } from "../../events.ts";
import type { CgroupControl } from "../cgroup-control.ts";
import type { Container } from "../container.ts";
import type { ContainerNetworks } from "../dependencies.ts";
import { checkRestartPolicy } from "../life/restart-policy.ts";
import { publish } from "../publish.ts";
import type { ContainerStore } from "../store.ts";

export interface UpdateParts {
  store: ContainerStore<Container>;
  cgroups: CgroupControl;
  networks: ContainerNetworks;
  hostFacts: HostFacts;
  events: Events;
}

/** Returns warnings. The caller holds the container's changes. @throws BerthError in Docker's words */
export async function updateContainer(
  container: Container,
  request: UpdateContainerRequest,
  { store, cgroups, networks, hostFacts, events }: UpdateParts,
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
  const asked = updatedLimits(container.id, hostConfig, limits);
  const warnings = validateResources(asked, hostFacts, true);
  const updated = { ...hostConfig, ...completeResources(asked, hostFacts) };
  if (RestartPolicy?.Name) updated.RestartPolicy = { MaximumRetryCount: 0, ...RestartPolicy };
  const apply = (values: HostConfig): Promise<void> =>
    container.calls.track("update", (signal) => cgroups.update(container, values, signal));
  const isRunning = container.isRunning && Object.values(limits).some((value) => value !== undefined);
  if (isRunning) await apply(updated);
  try {
    if (PublishAdd || PublishRemove) {
      const change = { add: PublishAdd ?? {}, remove: PublishRemove ?? [] };
      updated.PortBindings = networks.changePublished(container.id, change);
    }
    store.saveSpec(container, { hostConfig: updated });
  } catch (thrown) {
    // What is not recorded must not stay in effect.
    if (isRunning && container.isRunning) await apply(hostConfig).catch(() => {});
    throw thrown;
  }
  publish(events, container, "update");
  return warnings;
}
