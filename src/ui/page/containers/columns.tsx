// The columns of the list of containers.
import { useState } from "preact/hooks";
import type { ContainerSummary } from "../../../api/containers.ts";
import { session } from "../engine/requests.ts";
import { Icon } from "../parts/icon.tsx";
import type { Column } from "../parts/table.tsx";
import { actOnAll } from "../projects/actions.ts";
import { linkTo } from "../routing.ts";
import { texts } from "../texts/index.ts";
import { actionsFor, type LifeAction } from "./actions.ts";
import { ProjectActions, ProjectName, projectStatus } from "./groups.tsx";
import { nameOf } from "./list.ts";
import { RemoveDialog, State } from "./parts.tsx";
import { Ports } from "./ports.tsx";
import { totalOf, UsageCell, type UsageKind } from "./usage-cell.tsx";

/** Keys of the columns that need stats. */
export const usageColumns: ReadonlySet<string> = new Set<UsageKind>(["processor", "memory"]);

const usageColumn = (kind: UsageKind): Column<ContainerSummary> => ({
  key: kind,
  title: texts.value.containers[kind],
  order: (container) => totalOf(kind, [container]) ?? -1,
  cell: (container) => <UsageCell kind={kind} containers={[container]} />,
  groupCell: ({ rows }) => <UsageCell kind={kind} containers={rows} />,
  wide: true,
});

export function columns(): readonly Column<ContainerSummary>[] {
  const { common, containers: words } = texts.value;
  return [
    {
      key: "name",
      title: common.name,
      order: nameOf,
      cell: (container) => (
        <>
          <State state={container.State} />
          <a href={linkTo("containers", [container.Id])} title={nameOf(container)}>
            {nameOf(container)}
          </a>
        </>
      ),
      groupCell: (project) => <ProjectName project={project} />,
    },
    { key: "image", title: words.image, order: ({ Image }) => Image, cell: ({ Image }) => Image, wide: true },
    {
      key: "status",
      title: words.status,
      order: ({ Status }) => Status,
      cell: ({ Status }) => Status,
      groupCell: projectStatus,
    },
    usageColumn("processor"),
    usageColumn("memory"),
    { key: "ports", title: words.ports, cell: ({ Ports: ports }) => <Ports ports={ports} />, wide: true },
    {
      key: "actions",
      title: "",
      cell: (container) => <RowActions container={container} />,
      groupCell: (project) => <ProjectActions project={project} />,
      align: "end",
    },
  ];
}

function RowActions({ container }: { container: ContainerSummary }) {
  const [removing, setRemoving] = useState(false);
  if (session.value?.readOnly) return null;
  const words = texts.value.containers;
  const [first] = actionsFor(container.State);
  return (
    <>
      {first && (
        <button
          type="button"
          class="plain"
          title={words[first]}
          aria-label={`${words[first]} ${nameOf(container)}`}
          onClick={() => actOnAll(first, [container])}
        >
          <Icon name={icons[first]} />
        </button>
      )}
      <button
        type="button"
        class="plain"
        title={texts.value.common.remove}
        aria-label={`${texts.value.common.remove} ${nameOf(container)}`}
        onClick={() => setRemoving(true)}
      >
        <Icon name="remove" />
      </button>
      {removing && <RemoveDialog containers={[container]} onClose={() => setRemoving(false)} />}
    </>
  );
}

const icons = {
  start: "play",
  unpause: "play",
  stop: "stop",
  kill: "stop",
  pause: "pause",
  restart: "restart",
} as const satisfies Record<LifeAction, string>;
