// `update`: limits and published ports, which take effect immediately in a running container, and the restart policy.
import { BerthError } from "../../../api/errors.ts";
import { withRequests } from "../../../api/requested-ports.ts";
import type { HostFacts } from "../../../runtime/spec/host.ts";
import { completeResources, validateResources } from "../../../runtime/spec/validation/resources.ts";
import { updatedLimits } from "../../../runtime/spec/validation/update.ts";
import type { Events } from "../../events.ts";
import type { PublishChange } from "../../networks/republishing.ts";
import type { CgroupControl } from "../cgroup-control.ts";
import type { Container } from "../container.ts";
import type { ContainerNetworks } from "../dependencies.ts";
import { checkBackoff } from "../lifecycle/restart-policy.ts";
import { publish } from "../publish.ts";
import type { ContainerStore } from "../store.ts";
import type { HostConfiguration, Limits } from "./host-configuration.ts";
import type { RestartPolicy } from "./restart-policy.ts";

export interface UpdateParts {
  store: ContainerStore<Container>;
  cgroups: CgroupControl;
  networks: ContainerNetworks;
  hostFacts: HostFacts;
  events: Events;
}

/** What a client asks to change; what is absent stays. */
export interface UpdateRequest {
  limits: Limits;
  restartPolicy?: RestartPolicy | undefined;
  ports?: PublishChange | undefined;
}

/** Returns warnings. The caller holds the container's changes. @throws BerthError in Docker's words */
export async function updateContainer(
  container: Container,
  { limits, restartPolicy, ports }: UpdateRequest,
  { store, cgroups, networks, hostFacts, events }: UpdateParts,
): Promise<string[]> {
  const { hostConfig } = container.spec;
  checkBackoff(restartPolicy);
  if (restartPolicy && restartPolicy.condition !== "no" && hostConfig.autoRemove) {
    throw new BerthError(
      "conflict",
      `Cannot update container ${container.id}: Restart policy cannot be updated because AutoRemove is enabled for the container`,
    );
  }
  const asked = updatedLimits(container.id, hostConfig, limits);
  const warnings = validateResources(asked, hostFacts, true);
  const updated = { ...hostConfig, ...completeResources(asked, hostFacts) };
  if (restartPolicy) updated.restartPolicy = restartPolicy;
  const apply = (values: HostConfiguration): Promise<void> =>
    container.calls.track("update", (signal) => cgroups.update(container, values, signal));
  const isRunning = container.isRunning && Object.values(limits).some((value) => value !== undefined);
  if (isRunning) await apply(updated);
  try {
    if (ports) {
      updated.ports = withRequests(hostConfig.ports ?? [], networks.changePublished(container.id, ports));
    }
    store.saveSpec(container, { hostConfig: updated });
  } catch (thrown) {
    // Limits that are not recorded must not stay in effect.
    if (isRunning && container.isRunning) await apply(hostConfig).catch(() => {});
    throw thrown;
  }
  publish(events, container, "update");
  return warnings;
}
