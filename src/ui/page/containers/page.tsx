// The list of containers, and, with an ID in the address, one of them.
import { useEffect, useState } from "preact/hooks";
import type { ContainerSummary } from "../../../api/containers.ts";
import { keepLoaded } from "../engine/live.ts";
import { session } from "../engine/requests.ts";
import { Empty } from "../parts/empty.tsx";
import { Icon } from "../parts/icon.tsx";
import { Search } from "../parts/search.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { attempt } from "../parts/toast.tsx";
import { linkTo, route, setQuery } from "../routing.ts";
import { texts } from "../texts/index.ts";
import { act, actionsFor, type LifeAction } from "./actions.ts";
import { ContainerDetail } from "./detail.tsx";
import { containers, loadContainers, matches, nameOf, projectOf } from "./list.ts";
import { RemoveDialog, State } from "./parts.tsx";
import { Ports } from "./ports.tsx";

export function ContainersPage() {
  useEffect(() => keepLoaded(["container", "network"], loadContainers), []);
  const [id] = route.value.rest;
  return id === undefined ? <ContainerList /> : <ContainerDetail key={id} id={id} />;
}

const columns = (): readonly Column<ContainerSummary>[] => {
  const { common, containers: words } = texts.value;
  return [
    {
      key: "name",
      title: common.name,
      order: nameOf,
      cell: (container) => (
        <>
          <State state={container.State} />
          <a href={linkTo("containers", [container.Id])}>{nameOf(container)}</a>
          {projectOf(container) !== "" && (
            <a class="badge" href={linkTo("projects", [projectOf(container)])}>
              {projectOf(container)}
            </a>
          )}
        </>
      ),
    },
    { key: "image", title: words.image, order: ({ Image }) => Image, cell: ({ Image }) => Image, wide: true },
    { key: "status", title: words.status, order: ({ Status }) => Status, cell: ({ Status }) => Status },
    { key: "ports", title: words.ports, cell: ({ Ports: ports }) => <Ports ports={ports} />, wide: true },
    { key: "actions", title: "", cell: (container) => <RowActions container={container} />, align: "end" },
  ];
};

function ContainerList() {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [removing, setRemoving] = useState<readonly ContainerSummary[]>([]);
  const words = texts.value.containers;
  const { query } = route.value;
  const search = query.get("search") ?? "";
  const shown = query.get("show") ?? "all";
  const rows = (containers.value ?? []).filter(
    (container) =>
      matches(container, search) && (shown === "all" || (container.State === "running") === (shown === "running")),
  );
  const chosen = rows.filter(({ Id }) => selected.has(Id));
  if (containers.value === undefined) return null;
  return (
    <>
      <div class="heading">
        <h1>{texts.value.pages.containers}</h1>
        <Search />
        <select
          aria-label={texts.value.common.state}
          value={shown}
          onChange={({ currentTarget }) => setQuery({ show: currentTarget.value === "all" ? "" : currentTarget.value })}
        >
          <option value="all">{words.all}</option>
          <option value="running">{words.running}</option>
          <option value="stopped">{words.stopped}</option>
        </select>
        <span class="space" />
        {chosen.length > 0 && <Bulk chosen={chosen} onRemove={() => setRemoving(chosen)} />}
        {!session.value?.readOnly && (
          <a class="button primary" href={linkTo("run")}>
            <Icon name="plus" size={16} /> {words.new}
          </a>
        )}
      </div>
      {containers.value.length === 0 ? (
        <Empty text={words.empty} command="berth run -d -p 8080:80 nginx" />
      ) : rows.length === 0 ? (
        <Empty text={texts.value.common.nothingFound} />
      ) : (
        <Table
          rows={rows}
          columns={columns()}
          idOf={({ Id }) => Id}
          nameOf={nameOf}
          selection={{ selected, onChange: setSelected }}
        />
      )}
      {removing.length > 0 && <RemoveDialog containers={removing} onClose={() => setRemoving([])} />}
    </>
  );
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
          onClick={() => run(first, [container])}
        >
          <Icon name={iconOf(first)} />
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

function Bulk({ chosen, onRemove }: { chosen: readonly ContainerSummary[]; onRemove(): void }) {
  if (session.value?.readOnly) return null;
  const words = texts.value.containers;
  const offered = (["start", "stop", "restart", "kill"] as const).filter((action) =>
    chosen.some(({ State: state }) => actionsFor(state).includes(action)),
  );
  return (
    <>
      <span class="quiet">{texts.value.common.selected(chosen.length)}</span>
      {offered.map((action) => (
        <button
          key={action}
          type="button"
          onClick={() =>
            run(
              action,
              chosen.filter(({ State: state }) => actionsFor(state).includes(action)),
            )
          }
        >
          {words[action]}
        </button>
      ))}
      <button type="button" class="danger" onClick={onRemove}>
        {texts.value.common.remove}
      </button>
    </>
  );
}

function run(action: LifeAction, chosen: readonly ContainerSummary[]): void {
  for (const container of chosen) {
    void attempt(`${texts.value.containers[action]} ${nameOf(container)}`, () => act(action, container.Id));
  }
}

const iconOf = (action: LifeAction) =>
  action === "restart"
    ? "restart"
    : action === "pause"
      ? "pause"
      : action === "stop" || action === "kill"
        ? "stop"
        : "play";
