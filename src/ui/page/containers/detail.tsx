// A container's page, in tabs.
import { useState } from "preact/hooks";
import type { ContainerInspect } from "../../../api/containers.ts";
import { get, post, session } from "../engine/requests.ts";
import { FileBrowser } from "../files/browser.tsx";
import { containerPlace } from "../files/place.ts";
import { LogView } from "../logs/view.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Empty } from "../parts/empty.tsx";
import { useLoaded } from "../parts/loaded.ts";
import { Tabs } from "../parts/tabs.tsx";
import { attempt } from "../parts/toast.tsx";
import { Tree } from "../parts/tree.tsx";
import { go, linkTo, route } from "../routing.ts";
import { texts } from "../texts/index.ts";
import { act, actionsFor } from "./actions.ts";
import { ChangesTab } from "./changes.tsx";
import { containers } from "./list.ts";
import { RemoveDialog, State } from "./parts.tsx";
import { StatsTab } from "./stats.tsx";
import { Summary } from "./summary.tsx";
import { TerminalTab } from "./terminal.tsx";

export function ContainerDetail({ id }: { id: string }) {
  const loaded = useLoaded(id, ["container", "network"], () =>
    get<ContainerInspect>(`/containers/${encodeURIComponent(id)}/json`),
  );
  if (loaded.state === "loading") return null;
  if (loaded.state === "failed") return <Empty text={loaded.reason} />;
  const container = loaded.value;
  const words = texts.value.container;
  const readOnly = session.value?.readOnly ?? false;
  const keys = (["logs", "terminal", "stats", "files", "changes", "details", "inspect"] as const).filter(
    (key) => key !== "terminal" || !readOnly,
  );
  const current = keys.find((key) => key === route.value.query.get("tab")) ?? "logs";
  const name = container.Name.replace(/^\//, "");
  return (
    <>
      <nav aria-label={words.back} class="back">
        <a href={linkTo("containers")}>← {texts.value.pages.containers}</a>
      </nav>
      <div class="heading">
        <State state={container.State.Status} />
        <h1>{name}</h1>
        <span class="badge">{container.State.Status}</span>
        <span class="quiet">{container.Config.Image}</span>
        <span class="space" />
        {!readOnly && <Actions container={container} name={name} />}
      </div>
      {container.State.Error !== "" && <div class="notice">{container.State.Error}</div>}
      <Tabs tabs={keys.map((key) => ({ key, title: words.tabs[key] }))} current={current} label={name} />
      {current === "logs" && <LogView sources={[{ id: container.Id, name }]} generation={container.State.StartedAt} />}
      {current === "terminal" && <TerminalTab container={container} />}
      {current === "stats" && <StatsTab id={container.Id} running={container.State.Running} />}
      {current === "files" && <FileBrowser place={containerPlace(container.Id)} />}
      {current === "changes" && <ChangesTab id={container.Id} />}
      {current === "details" && <Summary container={container} />}
      {current === "inspect" && (
        <div class="card padded">
          <Tree value={withoutEnvironment(container)} open />
        </div>
      )}
    </>
  );
}

/** The environment often contains secrets: it is shown only on request. */
const withoutEnvironment = (container: ContainerInspect) => ({
  ...container,
  Config: { ...container.Config, Env: `(${container.Config.Env?.length ?? 0})` },
});

function Actions({ container, name }: { container: ContainerInspect; name: string }) {
  const [asked, setAsked] = useState<"rename" | "remove">();
  const [newName, setNewName] = useState(name);
  const words = texts.value.containers;
  const summary = containers.value?.find(({ Id }) => Id === container.Id);
  return (
    <>
      {actionsFor(container.State.Status).map((action) => (
        <button
          key={action}
          type="button"
          onClick={() => attempt(`${words[action]} ${name}`, () => act(action, container.Id))}
        >
          {words[action]}
        </button>
      ))}
      <button type="button" onClick={() => setAsked("rename")}>
        {words.rename}
      </button>
      <button type="button" class="danger" onClick={() => setAsked("remove")}>
        {texts.value.common.remove}
      </button>
      {asked === "rename" && (
        <Dialog
          title={`${words.rename}: ${name}`}
          action={words.rename}
          onClose={() => setAsked(undefined)}
          onAction={() => {
            setAsked(undefined);
            void attempt(words.rename, () => post(`/containers/${container.Id}/rename`, { query: { name: newName } }));
          }}
        >
          <label class="field">
            {texts.value.common.name}
            <input value={newName} onInput={({ currentTarget }) => setNewName(currentTarget.value)} />
          </label>
        </Dialog>
      )}
      {asked === "remove" && summary && (
        <RemoveDialog
          containers={[summary]}
          onClose={() => setAsked(undefined)}
          onRemoved={() => go(linkTo("containers"))}
        />
      )}
    </>
  );
}
