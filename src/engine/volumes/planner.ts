// Plans all mounts of one container from its flags and its image, in Docker's order of precedence.
import { isAbsolute, posix } from "node:path";
import { BerthError, isKind, messageOf } from "../../api/errors.ts";
import type { ContainerConfiguration } from "../containers/configuration/container-configuration.ts";
import type { HostRequest } from "../containers/configuration/host-configuration.ts";
import { invalidSpecification, parseBindSpecification, parseVolumesFrom } from "./bind-specification.ts";
import type { MountPlan } from "./mount-plan.ts";
import { type PlanSources, planMount } from "./mount-specification.ts";
import { tmpfsOptions } from "./tmpfs-options.ts";

export interface MountsRequest {
  /** Merged with the image's, so that it includes the image's volumes. */
  config: ContainerConfiguration;
  hostConfig: HostRequest;
  /** Whether read-only binds leave the mounts below them writable by default, as before API 1.44. */
  readOnlyNonRecursive: boolean;
  /** The plans of the container that --volumes-from names. @throws BerthError notFound */
  plansOf(reference: string): readonly MountPlan[];
}

/**
 * Mounts replace those of --volumes-from at the same destination; two other mounts at one destination are refused; the
 * image's volumes only apply to unused destinations.
 * @throws BerthError invalidParameter in Docker's words
 */
export function planMounts(wishes: MountsRequest, sources: PlanSources): MountPlan[] {
  const { config, hostConfig, readOnlyNonRecursive } = wishes;
  const plans = new Map<string, MountPlan>();
  const taken = new Set<string>();
  const asSpecified = { mode: "", createSource: false, readOnlyNonRecursive };
  const tmpfs = Object.keys(hostConfig.tmpfs ?? {});
  for (const [destination, options] of Object.entries(hostConfig.tmpfs ?? {})) checkTmpfs(destination, options);
  const place = (plan: MountPlan): void => {
    if (taken.has(plan.destination) || tmpfs.includes(plan.destination)) {
      throw new BerthError("invalidParameter", `Duplicate mount point: ${plan.destination}`);
    }
    taken.add(plan.destination);
    plans.set(plan.destination, plan);
  };

  for (const text of hostConfig.volumesFrom ?? []) {
    for (const plan of inherited(text, wishes)) plans.set(plan.destination, plan);
  }
  for (const text of hostConfig.binds ?? []) {
    place(planBind(text, wishes, sources));
  }
  for (const mount of hostConfig.mounts ?? []) {
    place(planMount(mount, asSpecified, sources));
  }
  for (const path of config.volumes) {
    const destination = posix.resolve("/", path);
    if (plans.has(destination) || tmpfs.includes(destination)) continue;
    const driver = hostConfig.volumeDriver ? { name: hostConfig.volumeDriver } : undefined;
    const mount = { type: "volume", target: destination, readOnly: false, options: { driver } } as const;
    plans.set(destination, { ...planMount(mount, asSpecified, sources), mode: "" });
  }
  return [...plans.values()];
}

function planBind(text: string, { hostConfig, readOnlyNonRecursive }: MountsRequest, sources: PlanSources): MountPlan {
  const { mount, mode, createSource } = parseBindSpecification(text, hostConfig.volumeDriver ?? "");
  try {
    return planMount(mount, { mode, createSource, readOnlyNonRecursive }, sources);
  } catch (thrown) {
    const isSpecification = thrown instanceof BerthError && thrown.message.startsWith("invalid mount config for type");
    throw isSpecification ? invalidSpecification(text, messageOf(thrown)) : thrown;
  }
}

function inherited(text: string, wishes: MountsRequest): MountPlan[] {
  const { container, mode } = parseVolumesFrom(text);
  const readOnly = mode.split(",").includes("ro");
  return plansOf(container, wishes).map((plan) => {
    const shared = { ...plan, readOnly: plan.readOnly || readOnly };
    return shared.type === "volume" ? { ...shared, copyUp: false } : shared;
  });
}

/** A missing container is an invalid parameter: a 404 would make clients pull the image. */
function plansOf(container: string, wishes: MountsRequest): readonly MountPlan[] {
  try {
    return wishes.plansOf(container);
  } catch (thrown) {
    throw isKind(thrown, "notFound") ? new BerthError("invalidParameter", thrown.message) : thrown;
  }
}

function checkTmpfs(destination: string, options: string): void {
  if (destination.includes("\0")) {
    throw new BerthError("invalidParameter", "invalid specification: destination must not contain a NUL byte");
  }
  if (posix.normalize(destination) === "/") {
    throw new BerthError("invalidParameter", "invalid specification: destination can't be '/'");
  }
  if (!isAbsolute(destination)) {
    throw new BerthError("invalidParameter", `invalid mount path: '${destination}' mount path must be absolute`);
  }
  tmpfsOptions(options);
}
