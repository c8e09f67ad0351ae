// The frame of the page: navigation, the engine that is shown, and the page that the address names.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { connection } from "./engine/live.ts";
import { chooseEngine, currentEngine, session, signInNeeded } from "./engine/requests.ts";
import { Icon, type IconName } from "./parts/icon.tsx";
import { Toasts } from "./parts/toast.tsx";
import { linkTo, route } from "./routing.ts";
import { SignInPage } from "./sign-in.tsx";
import { texts } from "./texts/index.ts";

type PageName = keyof typeof texts.value.pages;

interface PageRow {
  name: PageName;
  icon: IconName;
  /** Loaded when it is first shown. */
  load(): Promise<ComponentType>;
}

const pages: readonly PageRow[] = [
  { name: "containers", icon: "container", load: async () => (await import("./containers/page.tsx")).ContainersPage },
];

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
    </div>
  );
}

function Sidebar() {
  const { engines = [], readOnly = false } = session.value ?? {};
  return (
    <nav class="sidebar">
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
    </nav>
  );
}

function ConnectionNotice() {
  const { value } = connection;
  if (value.state !== "lost") return null;
  return (
    <div class="notice" role="alert">
      {texts.value.engine.lost(value.reason)}
    </div>
  );
}

function CurrentPage() {
  const [shown, setShown] = useState<{ name: string; Page: ComponentType }>();
  const { page } = route.value;
  useEffect(() => {
    const row = pages.find(({ name }) => name === page) ?? pages[0];
    void row?.load().then((Page) => setShown({ name: page, Page }));
  }, [page]);
  return shown?.name === page ? <shown.Page /> : null;
}
