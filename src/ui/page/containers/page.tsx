// The list of containers, or one container if the address has an ID.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { ContainerSummary } from "../../../api/containers.ts";
import { keepLoaded } from "../engine/live.ts";
import { session } from "../engine/requests.ts";
import { Empty } from "../parts/empty.tsx";
import { Icon } from "../parts/icon.tsx";
import { Loading } from "../parts/loading.tsx";
import { isNarrow } from "../parts/narrow.ts";
import { Search } from "../parts/search.tsx";
import { Segments } from "../parts/segments.tsx";
import { Table } from "../parts/table.tsx";
import { linkTo, route, setQuery } from "../routing.ts";
import { texts } from "../texts/index.ts";
import { columns, usageColumns } from "./columns.tsx";
import { ContainerDetail } from "./detail.tsx";
import { isCollapsed } from "./groups.tsx";
import { containers, loadContainers, matches, nameOf, projectOf } from "./list.ts";
import { keepMeasured } from "./meter.ts";
import { RemoveDialog } from "./parts.tsx";
import { SelectionBar } from "./selection-bar.tsx";

export function ContainersPage() {
  useEffect(() => keepLoaded(["container", "network"], loadContainers), []);
  const [id] = route.value.rest;
  return id === undefined ? <ContainerList /> : <ContainerDetail key={id} id={id} />;
}

const views = ["all", "running", "stopped"] as const;
type View = (typeof views)[number];

function ContainerList() {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [removing, setRemoving] = useState<readonly ContainerSummary[]>([]);
  const measured = useRef<readonly ContainerSummary[]>([]);
  useEffect(() => keepMeasured(() => measured.current.filter(isRunning).map(({ Id }) => Id)), []);
  const shownColumns = useMemo(
    () => columns({ remove: (container) => setRemoving([container]) }),
    [texts.value, session.value, isNarrow.value],
  );
  const words = texts.value.containers;
  const { query } = route.value;
  const search = query.get("search") ?? "";
  const view = views.find((name) => name === query.get("show")) ?? "all";
  if (containers.value === undefined) return <Loading />;
  const found = containers.value.filter((container) => matches(container, search));
  const running = found.filter(isRunning);
  const rowsOf: Record<View, () => readonly ContainerSummary[]> = {
    all: () => found,
    running: () => running,
    stopped: () => found.filter((container) => !isRunning(container)),
  };
  const counts: Record<View, number> = {
    all: found.length,
    running: running.length,
    stopped: found.length - running.length,
  };
  const rows = rowsOf[view]();
  const chosen = rows.filter(({ Id }) => selected.has(Id));
  const sortsByUsage = usageColumns.has((query.get("sort") ?? "").replace(/^-/, ""));
  return (
    <>
      <div class="heading">
        <h1>{texts.value.pages.containers}</h1>
        <Search />
        <Segments
          label={texts.value.common.state}
          options={views.map((key) => ({ key, title: words[key], count: counts[key] }))}
          current={view}
          onChoose={(key) => setQuery({ show: key === "all" ? "" : key })}
        />
        <span class="space" />
        {!session.value?.readOnly && (
          <a class="button primary" href={linkTo("run")}>
            <Icon name="plus" size={16} /> {words.new}
          </a>
        )}
      </div>
      {chosen.length > 0 && (
        <SelectionBar chosen={chosen} onRemove={() => setRemoving(chosen)} onClear={() => setSelected(new Set())} />
      )}
      {containers.value.length === 0 ? (
        <Empty text={words.empty} command="berth run -d -p 8080:80 nginx" icon="container" />
      ) : rows.length === 0 ? (
        <Empty text={texts.value.common.nothingFound} />
      ) : (
        <Table
          rows={rows}
          columns={shownColumns}
          idOf={({ Id }) => Id}
          nameOf={nameOf}
          selection={{ selected, onChange: setSelected }}
          // Search results are shown even in a collapsed project.
          groups={{ nameOf: projectOf, isCollapsed: (name) => search === "" && isCollapsed(name) }}
          onVisible={(visible) => {
            // Sorting needs samples of all containers.
            measured.current = sortsByUsage ? rows : visible;
          }}
        />
      )}
      {removing.length > 0 && <RemoveDialog containers={removing} onClose={() => setRemoving([])} />}
    </>
  );
}

const isRunning = ({ State }: ContainerSummary): boolean => State === "running";
