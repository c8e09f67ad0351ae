// The page's frame: navigation, the selected engine, and the page of the current address.
import type { ComponentType } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { ContainersPage } from "./containers/page.tsx";
import { connection, loadFailure } from "./engine/live.ts";
import { chooseEngine, currentEngine, session, signInNeeded, signOut } from "./engine/requests.ts";
import { EventsPage } from "./events/page.tsx";
import { ImagesPage } from "./images/page.tsx";
import { NetworksPage } from "./networks/page.tsx";
import { OverviewPage } from "./overview/page.tsx";
import { openPalette, Palette } from "./palette/palette.tsx";
import { Icon, type IconName } from "./parts/icon.tsx";
import { notify, Toasts } from "./parts/toast.tsx";
import { ProjectsPage } from "./projects/page.tsx";
import { linkTo, route } from "./routing.ts";
import { RunPage } from "./run/page.tsx";
import { SignInPage } from "./sign-in.tsx";
import { chooseLanguage, language, languageNames, texts } from "./texts/index.ts";
import { VolumesPage } from "./volumes/page.tsx";

type PageName = keyof typeof texts.value.pages;

interface PageRow {
  name: PageName;
  icon: IconName;
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
const further: Readonly<Record<string, ComponentType>> = { run: RunPage };

export function App() {
  if (signInNeeded.value) return <SignInPage password={signInNeeded.value.password} />;
  if (session.value === undefined) return null;
  return (
    <div class="layout">
      <Sidebar />
      <main>
        <ConnectionNotice />
        <CurrentPage key={currentEngine.value} />
      </main>
      <Toasts />
      <Palette pages={pages.map(({ name }) => ({ name, title: texts.value.pages[name] }))} />
    </div>
  );
}

function Sidebar() {
  const { engines = [], readOnly = false } = session.value ?? {};
  return (
    <nav class="sidebar" aria-label={texts.value.frame.navigation}>
      <div class="brand">
        <Icon name="berth" /> Berth
      </div>
      {pages.map(({ name, icon }) => (
        <a key={name} href={linkTo(name)} aria-current={route.value.page === name ? "page" : undefined}>
          <Icon name={icon} /> {texts.value.pages[name]}
        </a>
      ))}
      {engines.length > 1 && (
        <select
          aria-label={texts.value.engine.choose}
          value={currentEngine.value}
          onChange={({ currentTarget }) => chooseEngine(currentTarget.value)}
        >
          {engines.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
      {readOnly && <span class="badge">{texts.value.engine.readOnly}</span>}
      <span class="space" />
      <button type="button" class="quiet" aria-label={`${texts.value.common.search} Ctrl K`} onClick={openPalette}>
        <Icon name="search" size={16} /> <span class="wide">{texts.value.common.search}</span>{" "}
        <kbd class="wide">Ctrl K</kbd>
      </button>
      <select
        aria-label={texts.value.frame.language}
        value={language.value}
        onChange={({ currentTarget }) => chooseLanguage(currentTarget.value)}
      >
        {Object.entries(languageNames).map(([name, title]) => (
          <option key={name} value={name}>
            {title}
          </option>
        ))}
      </select>
      <button type="button" onClick={() => signOut()}>
        {texts.value.signIn.signOut}
      </button>
      <span class="quiet version wide">{`berth ${session.value?.version ?? ""}`}</span>
    </nav>
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
  const { page } = route.value;
  const Page = further[page] ?? pages.find(({ name }) => name === page)?.Page ?? OverviewPage;
  return <Page key={page} />;
}
