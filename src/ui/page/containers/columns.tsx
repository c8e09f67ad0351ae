// The columns of the list of containers.
import type { ContainerSummary } from "../../../api/containers.ts";
import { session } from "../engine/requests.ts";
import { copy } from "../parts/copy.tsx";
import { Icon } from "../parts/icon.tsx";
import { Menu, type MenuItem } from "../parts/menu.tsx";
import { isNarrow } from "../parts/narrow.ts";
import type { Column } from "../parts/table.tsx";
import { actOnAll } from "../projects/actions.ts";
import { linkTo } from "../routing.ts";
import { openCopy } from "../run/draft.ts";
import { texts } from "../texts/index.ts";
import { actionIcons, actionsFor } from "./actions.ts";
import { ProjectActions, ProjectName, projectStatus } from "./groups.tsx";
import { nameOf } from "./list.ts";
import { State, Status } from "./parts.tsx";
import { Ports } from "./ports.tsx";
import { totalOf, UsageCell, type UsageKind } from "./usage-cell.tsx";

/** Actions with a dialog, which the list shows: a row that goes away would take its dialog with it. */
export interface ContainerActions {
  remove(container: ContainerSummary): void;
}

/** Keys of the columns that need stats. */
export const usageColumns: ReadonlySet<string> = new Set<UsageKind>(["processor", "memory"]);

const usageColumn = (kind: UsageKind): Column<ContainerSummary> => ({
  key: kind,
  title: texts.value.containers[kind],
  order: (container) => totalOf(kind, [container]) ?? -1,
  cell: (container) => <UsageCell kind={kind} containers={[container]} />,
  groupCell: ({ rows }) => <UsageCell kind={kind} containers={rows} />,
  wide: true,
  numeric: true,
});

/** More would not fit into the column. */
const MAX_PORTS = 1;

export function columns(actions: ContainerActions): readonly Column<ContainerSummary>[] {
  const { common, containers: words } = texts.value;
  return [
    {
      key: "name",
      title: common.name,
      order: nameOf,
      cell: (container) => (
        <>
          <State state={container.State} status={container.Status} />
          <span class="two-lines">
            <a href={linkTo("containers", [container.Id])} title={nameOf(container)}>
              {nameOf(container)}
            </a>
            {isNarrow.value && <span>{container.Status}</span>}
          </span>
        </>
      ),
      groupCell: (project) => <ProjectName project={project} />,
    },
    {
      key: "image",
      title: words.image,
      order: ({ Image }) => Image,
      cell: ({ Image, ImageID }) => (
        <a class="quiet" href={linkTo("images", [ImageID])} title={Image}>
          {Image.replace(/^sha256:([0-9a-f]{12}).*$/, "$1")}
        </a>
      ),
      wide: true,
    },
    {
      key: "status",
      title: words.status,
      order: ({ Status }) => Status,
      cell: ({ State: state, Status: status }) => <Status state={state} status={status} />,
      groupCell: projectStatus,
      wide: true,
    },
    usageColumn("processor"),
    usageColumn("memory"),
    {
      key: "ports",
      title: words.ports,
      cell: ({ Ports: ports }) => <Ports ports={ports} most={MAX_PORTS} />,
      wide: true,
    },
    {
      key: "actions",
      title: "",
      cell: (container) => <RowActions container={container} actions={actions} />,
      groupCell: (project) => <ProjectActions project={project} />,
      align: "end",
    },
  ];
}

function RowActions({ container, actions }: { container: ContainerSummary; actions: ContainerActions }) {
  const { common, container: page, containers: words } = texts.value;
  const name = nameOf(container);
  const isReadOnly = session.value?.readOnly ?? false;
  const [first] = isReadOnly ? [] : actionsFor(container.State);
  return (
    <>
      <a
        class="button plain roomy"
        href={linkTo("containers", [container.Id], { tab: "logs" })}
        title={page.tabs.logs}
        aria-label={`${page.tabs.logs} ${name}`}
      >
        <Icon name="logs" />
      </a>
      {container.State === "running" && !isReadOnly && (
        <a
          class="button plain roomy"
          href={linkTo("containers", [container.Id], { tab: "terminal" })}
          title={page.tabs.terminal}
          aria-label={`${page.tabs.terminal} ${name}`}
        >
          <Icon name="terminal" />
        </a>
      )}
      {first && (
        <button
          type="button"
          class="plain"
          title={words[first]}
          aria-label={`${words[first]} ${name}`}
          onClick={() => actOnAll(first, [container])}
        >
          <Icon name={actionIcons[first]} />
        </button>
      )}
      {!isReadOnly && (
        <button
          type="button"
          class="plain danger wide"
          title={common.remove}
          aria-label={`${common.remove} ${name}`}
          onClick={() => actions.remove(container)}
        >
          <Icon name="remove" />
        </button>
      )}
      <Menu label={`${common.more}: ${name}`} items={() => menuOf(container, actions)} />
    </>
  );
}

function menuOf(container: ContainerSummary, actions: ContainerActions): readonly MenuItem[] {
  const { common, containers: words } = texts.value;
  const name = nameOf(container);
  return [
    { title: words.copyId, icon: "copy", run: () => void copy(container.Id) },
    ...(session.value?.readOnly
      ? []
      : [
          ...actionsFor(container.State).map((action) => ({
            title: words[action],
            icon: actionIcons[action],
            run: () => void actOnAll(action, [container]),
          })),
          { title: words.duplicate, icon: "edit" as const, run: () => void openCopy(container.Id, name, "duplicate") },
          { title: common.remove, icon: "remove" as const, danger: true, run: () => actions.remove(container) },
        ]),
  ];
}
