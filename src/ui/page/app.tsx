// The page's frame: navigation, the selected engine, and the page of the current address.
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { ContainersPage } from "./containers/page.tsx";
import { connection, loadFailure } from "./engine/live.ts";
import { currentEngine, session, signInNeeded } from "./engine/requests.ts";
import { EventsPage } from "./events/page.tsx";
import { ImagesPage } from "./images/page.tsx";
import { LogsPage } from "./logs/page.tsx";
import { NetworksPage } from "./networks/page.tsx";
import { OverviewPage } from "./overview/page.tsx";
import { Palette } from "./palette/palette.tsx";
import { notify, Toasts } from "./parts/toast.tsx";
import { ProjectsPage } from "./projects/page.tsx";
import { route } from "./routing.ts";
import { RunPage } from "./run/page.tsx";
import { type PlaceRow, Sidebar } from "./sidebar.tsx";
import { SignInPage } from "./sign-in.tsx";
import { texts } from "./texts/index.ts";
import { VolumesPage } from "./volumes/page.tsx";

interface PageRow extends PlaceRow {
  Page: ComponentType;
}

const pages: readonly PageRow[] = [
  { name: "overview", icon: "overview", Page: OverviewPage },
  { name: "containers", icon: "container", Page: ContainersPage },
  { name: "images", icon: "image", Page: ImagesPage },
  { name: "networks", icon: "network", Page: NetworksPage },
  { name: "volumes", icon: "volume", Page: VolumesPage },
  { name: "projects", icon: "project", Page: ProjectsPage },
  { name: "events", icon: "event", Page: EventsPage },
];

/** Pages that are only reached through others. */
const further: Readonly<Record<string, ComponentType>> = { run: RunPage, logs: LogsPage };

export function App() {
  if (signInNeeded.value) return <SignInPage password={signInNeeded.value.password} />;
  if (session.value === undefined) return null;
  return (
    <div class="layout">
      <Sidebar places={pages} />
      <main>
        <ConnectionNotice />
        <CurrentPage key={currentEngine.value} />
      </main>
      <Toasts />
      <Palette pages={pages.map(({ name, icon }) => ({ name, icon, title: texts.value.pages[name] }))} />
    </div>
  );
}

function ConnectionNotice() {
  const { value } = connection;
  const wasLost = useRef(false);
  useEffect(() => {
    if (value.state === "connected" && wasLost.current) notify("good", texts.value.engine.regained);
    if (value.state !== "connecting") wasLost.current = value.state === "lost";
  }, [value]);
  const notice = value.state === "lost" ? texts.value.engine.lost(value.reason) : loadFailure.value;
  if (notice === "") return null;
  return (
    <div class="notice" role="alert">
      {notice}
    </div>
  );
}

function CurrentPage() {
  const { page, rest } = route.value;
  const title = pages.find(({ name }) => name === page)?.name ?? "containers";
  useEffect(() => {
    // A container's page has its name as title.
    if (page !== "containers" || rest.length === 0) document.title = `${texts.value.pages[title]} · Berth`;
  }, [route.value, texts.value]);
  const Page = further[page] ?? pages.find(({ name }) => name === page)?.Page ?? OverviewPage;
  return <Page key={page} />;
}
