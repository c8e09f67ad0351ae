// Compose project headings in the list of containers: collapsing, and actions on a whole project.
import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import type { ContainerSummary } from "../../../api/containers.ts";
import { session } from "../engine/requests.ts";
import { Icon } from "../parts/icon.tsx";
import type { Group } from "../parts/rows.ts";
import { actOnAll, candidates } from "../projects/actions.ts";
import { DownDialog } from "../projects/down-dialog.tsx";
import { linkTo } from "../routing.ts";
import { texts } from "../texts/index.ts";

/** Project names; kept while the page is open. */
const collapsed = signal<ReadonlySet<string>>(new Set());

export const isCollapsed = (project: string): boolean => collapsed.value.has(project);

function toggle(project: string): void {
  const next = new Set(collapsed.value);
  if (!next.delete(project)) next.add(project);
  collapsed.value = next;
}

type Project = Group<ContainerSummary>;

export function ProjectName({ project: { name } }: { project: Project }) {
  const isOpen = !isCollapsed(name);
  return (
    <>
      <button
        type="button"
        class={`plain chevron ${isOpen ? "open" : ""}`}
        aria-expanded={isOpen}
        aria-label={name}
        onClick={() => toggle(name)}
      >
        <Icon name="chevron" size={16} />
      </button>
      <Icon name="project" size={16} />
      <a href={linkTo("projects", [name])}>{name}</a>
    </>
  );
}

export const projectStatus = ({ rows }: Project): string =>
  texts.value.projects.running(rows.filter(({ State }) => State === "running").length, rows.length);

export function ProjectActions({ project: { name, rows } }: { project: Project }) {
  const [isGoingDown, setGoingDown] = useState(false);
  if (session.value?.readOnly) return null;
  const { containers: words, projects } = texts.value;
  const offered = (["start", "stop", "restart"] as const).filter((action) => candidates(action, rows).length > 0);
  const icons = { start: "play", stop: "stop", restart: "restart" } as const;
  return (
    <>
      {offered.map((action) => (
        <button
          key={action}
          type="button"
          class={action === "restart" ? "plain wide" : "plain"}
          title={words[action]}
          aria-label={`${words[action]} ${name}`}
          onClick={() => actOnAll(action, rows)}
        >
          <Icon name={icons[action]} />
        </button>
      ))}
      <button
        type="button"
        class="plain danger"
        title={projects.down}
        aria-label={`${projects.down} ${name}`}
        onClick={() => setGoingDown(true)}
      >
        <Icon name="remove" />
      </button>
      {isGoingDown && <DownDialog project={name} containers={rows} onClose={() => setGoingDown(false)} />}
    </>
  );
}
