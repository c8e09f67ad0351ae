// A container's page, in tabs.
import { useEffect, useState } from "preact/hooks";
import type { ContainerInspect } from "../../../api/containers.ts";
import { get, session } from "../engine/requests.ts";
import { FileBrowser } from "../files/browser.tsx";
import { containerPlace } from "../files/place.ts";
import { LogView } from "../logs/view.tsx";
import { CopyButton } from "../parts/copy.tsx";
import { Empty } from "../parts/empty.tsx";
import { ago, shortId } from "../parts/format.ts";
import { Inspect } from "../parts/inspect.tsx";
import { useLoaded } from "../parts/loaded.ts";
import { Tabs } from "../parts/tabs.tsx";
import { linkTo, route } from "../routing.ts";
import { texts } from "../texts/index.ts";
import { ChangesTab } from "./changes.tsx";
import { DetailActions } from "./detail-actions.tsx";
import { containers } from "./list.ts";
import { Status } from "./parts.tsx";
import { Ports } from "./ports.tsx";
import { StatsTab } from "./stats.tsx";
import { portsOf, Summary } from "./summary.tsx";
import { TerminalTab } from "./terminal.tsx";

const tabs = ["logs", "terminal", "stats", "files", "changes", "details", "inspect"] as const;

export function ContainerDetail({ id }: { id: string }) {
  const loaded = useLoaded(id, ["container", "network"], () =>
    get<ContainerInspect>(`/containers/${encodeURIComponent(id)}/json`),
  );
  const [hadTerminal, setHadTerminal] = useState(false);
  const back = (
    <nav aria-label={texts.value.container.back} class="back">
      <a href={linkTo("containers")}>← {texts.value.pages.containers}</a>
    </nav>
  );
  const titled = loaded.state === "loaded" ? loaded.value.Name.replace(/^\//, "") : "";
  useEffect(() => {
    if (titled !== "") document.title = `${titled} · Berth`;
  }, [titled, route.value]);
  if (loaded.state === "loading") return back;
  if (loaded.state === "failed")
    return (
      <>
        {back}
        <Empty text={loaded.reason} icon="container" />
      </>
    );
  const container = loaded.value;
  const words = texts.value.container;
  const readOnly = session.value?.readOnly ?? false;
  const keys = tabs.filter((key) => key !== "terminal" || !readOnly);
  const current = keys.find((key) => key === route.value.query.get("tab")) ?? "logs";
  if (current === "terminal" && !hadTerminal) setHadTerminal(true);
  const name = container.Name.replace(/^\//, "");
  const status = containers.value?.find(({ Id }) => Id === container.Id)?.Status ?? container.State.Status;
  return (
    <>
      {back}
      <div class="heading">
        <h1>{name}</h1>
        <Status state={container.State.Status} status={status} />
        <span class="space" />
        {!readOnly && <DetailActions container={container} name={name} />}
      </div>
      <Facts container={container} />
      {container.State.Error !== "" && <div class="notice">{container.State.Error}</div>}
      <Tabs tabs={keys.map((key) => ({ key, title: words.tabs[key] }))} current={current} label={name} />
      {current === "logs" && <LogView sources={[{ id: container.Id, name }]} generation={container.State.StartedAt} />}
      {/* Terminals stay open while other tabs are looked at. */}
      {hadTerminal && <TerminalTab container={container} hidden={current !== "terminal"} />}
      {current === "stats" && <StatsTab id={container.Id} running={container.State.Running} />}
      {current === "files" && <FileBrowser place={containerPlace(container.Id)} />}
      {current === "changes" && <ChangesTab id={container.Id} />}
      {current === "details" && <Summary container={container} />}
      {current === "inspect" && <InspectTab container={container} name={name} />}
    </>
  );
}

function Facts({ container }: { container: ContainerInspect }) {
  const { common } = texts.value;
  const ports = portsOf(container);
  return (
    <div class="facts">
      <span>
        {shortId(container.Id)}
        <CopyButton text={container.Id} what={common.id} />
      </span>
      <span>
        <a href={linkTo("images", [container.Image])}>{container.Config.Image}</a>
      </span>
      <span class="wide">{`${common.created} ${ago(new Date(container.Created))}`}</span>
      {ports.length > 0 && (
        <span>
          <Ports ports={ports} most={4} />
        </span>
      )}
    </div>
  );
}

/** The environment often contains secrets: it is shown only on request. */
function InspectTab({ container, name }: { container: ContainerInspect; name: string }) {
  const [showsEnvironment, setShowsEnvironment] = useState(false);
  const { Config } = container;
  const count = Config.Env?.length ?? 0;
  const hidden = { ...container, Config: { ...Config, Env: `(${count})` } };
  return (
    <Inspect value={showsEnvironment ? container : hidden} name={name}>
      <label class="check">
        <input type="checkbox" checked={showsEnvironment} onChange={() => setShowsEnvironment(!showsEnvironment)} />
        {texts.value.details.environment}
      </label>
    </Inspect>
  );
}
