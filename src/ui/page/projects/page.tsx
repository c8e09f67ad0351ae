// The list of Compose projects, found by the labels of their containers, or one project if the address has a name.

import { useEffect, useState } from "preact/hooks";
import type { ContainerSummary } from "../../../api/containers.ts";
import { containers, loadContainers, nameOf, projectOf } from "../containers/list.ts";
import { State, Status } from "../containers/parts.tsx";
import { Ports } from "../containers/ports.tsx";
import { keepLoaded } from "../engine/live.ts";
import { session } from "../engine/requests.ts";
import { LogView } from "../logs/view.tsx";
import { Empty } from "../parts/empty.tsx";
import { Loading } from "../parts/loading.tsx";
import { Table } from "../parts/table.tsx";
import { linkTo, route } from "../routing.ts";
import { texts } from "../texts/index.ts";
import { actOnAll, candidates } from "./actions.ts";
import { DownDialog } from "./down-dialog.tsx";

const SERVICE = "com.docker.compose.service";

interface Project {
  name: string;
  containers: ContainerSummary[];
}

export function ProjectsPage() {
  useEffect(() => keepLoaded(["container"], loadContainers), []);
  if (containers.value === undefined) return <Loading />;
  const byName = Map.groupBy(containers.value, projectOf);
  const projects = [...byName]
    .filter(([name]) => name !== "")
    .map(([name, members]): Project => ({ name, containers: members }))
    .sort((one, other) => one.name.localeCompare(other.name));
  const [name] = route.value.rest;
  if (name === undefined) return <ProjectList projects={projects} />;
  const project = projects.find((candidate) => candidate.name === name);
  return project ? <ProjectDetail project={project} /> : <Empty text={texts.value.common.nothingFound} />;
}

const runningIn = (project: Project): number =>
  project.containers.filter(({ State: state }) => state === "running").length;

function ProjectList({ projects }: { projects: readonly Project[] }) {
  const words = texts.value.projects;
  return (
    <>
      <div class="heading">
        <h1>{texts.value.pages.projects}</h1>
      </div>
      {projects.length === 0 ? (
        <Empty text={words.empty} command="berth compose up -d" />
      ) : (
        <Table
          rows={projects}
          idOf={({ name }) => name}
          nameOf={({ name }) => name}
          columns={[
            {
              key: "name",
              title: texts.value.common.name,
              order: ({ name }) => name,
              cell: ({ name }) => <a href={linkTo("projects", [name])}>{name}</a>,
            },
            {
              key: "state",
              title: texts.value.common.state,
              cell: (project) => words.running(runningIn(project), project.containers.length),
            },
            {
              key: "services",
              title: words.services,
              wide: true,
              cell: (project) => (
                <span>{[...new Set(project.containers.map(({ Labels }) => Labels[SERVICE] ?? ""))].join(", ")}</span>
              ),
            },
          ]}
        />
      )}
    </>
  );
}

function ProjectDetail({ project }: { project: Project }) {
  const [isGoingDown, setGoingDown] = useState(false);
  const words = texts.value.projects;
  const members = project.containers.toSorted((one, other) => nameOf(one).localeCompare(nameOf(other)));
  return (
    <>
      <nav aria-label={texts.value.container.back} class="back">
        <a href={linkTo("projects")}>← {texts.value.pages.projects}</a>
      </nav>
      <div class="heading">
        <h1>{project.name}</h1>
        <span class="badge">{words.running(runningIn(project), members.length)}</span>
        <span class="space" />
        {!session.value?.readOnly && (
          <>
            {(["start", "stop", "restart"] as const).map((action) => (
              <button
                key={action}
                type="button"
                disabled={candidates(action, members).length === 0}
                onClick={() => actOnAll(action, members)}
              >
                {texts.value.containers[action]}
              </button>
            ))}
            <button type="button" class="danger" onClick={() => setGoingDown(true)}>
              {words.down}
            </button>
          </>
        )}
      </div>
      <Table
        rows={members}
        idOf={({ Id }) => Id}
        nameOf={nameOf}
        columns={[
          {
            key: "name",
            title: words.services,
            order: ({ Labels }) => Labels[SERVICE] ?? "",
            cell: (container) => (
              <>
                <State state={container.State} status={container.Status} />
                <a href={linkTo("containers", [container.Id])}>{container.Labels[SERVICE] ?? nameOf(container)}</a>
              </>
            ),
          },
          { key: "container", title: words.container, cell: nameOf, wide: true },
          {
            key: "status",
            title: texts.value.containers.status,
            cell: ({ State: state, Status: status }) => <Status state={state} status={status} />,
          },
          {
            key: "ports",
            title: texts.value.containers.ports,
            cell: ({ Ports: ports }) => <Ports ports={ports} most={1} />,
            wide: true,
          },
        ]}
      />
      <div class="project-logs">
        <LogView
          sources={members.map((container) => ({ id: container.Id, name: nameOf(container) }))}
          generation={members.map(({ Id, State: state }) => `${Id}${state}`).join()}
        />
      </div>
      {isGoingDown && <DownDialog project={project.name} containers={members} onClose={() => setGoingDown(false)} />}
    </>
  );
}
