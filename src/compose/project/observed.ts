// The current state of a project on the engine.
import type { ContainerSummary } from "../../client/index.ts";
import type { Project } from "../model/project.ts";
import { plainName } from "./container-names.ts";
import type { Engine } from "./engine.ts";
import { label, projectFilter } from "./labels.ts";

export interface ObservedContainer {
  id: string;
  name: string;
  service: string;
  number: number;
  isOneOff: boolean;
  isRunning: boolean;
  summary: ContainerSummary;
}

export function observedContainer(summary: ContainerSummary): ObservedContainer {
  const { Id, Labels, State } = summary;
  return {
    id: Id,
    name: plainName(summary),
    service: Labels[label.service] ?? "",
    number: Number(Labels[label.number] ?? "0") || 0,
    isOneOff: Labels[label.oneOff] === "True",
    isRunning: State === "running" || State === "paused" || State === "restarting",
    summary,
  };
}

/** The containers of a project by service and number; one-off containers only on request. */
export async function observeContainers(
  engine: Engine,
  project: string,
  { oneOffs = false, all = true }: { oneOffs?: boolean; all?: boolean } = {},
): Promise<ObservedContainer[]> {
  const summaries = await engine.containers.list({ all, filters: projectFilter(project) });
  return summaries
    .filter(({ Labels }) => Labels[label.hook] === undefined)
    .map(observedContainer)
    .filter(({ isOneOff }) => oneOffs || !isOneOff)
    .sort((a, b) => (a.service === b.service ? a.number - b.number : a.service < b.service ? -1 : 1));
}

/** Containers of services that are not in the project's files, and one-off containers that exited. */
export function orphansOf(project: Project, containers: readonly ObservedContainer[]): ObservedContainer[] {
  return containers.filter(({ service, isOneOff, summary }) =>
    isOneOff
      ? summary.State === "exited" || summary.State === "dead"
      : !project.services.has(service) && !project.disabled.has(service),
  );
}

/** Those of the selected services, or all. */
export function ofServices(containers: readonly ObservedContainer[], services: readonly string[]): ObservedContainer[] {
  return containers.filter(({ service }) => services.length === 0 || services.includes(service));
}
