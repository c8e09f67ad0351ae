// The navigation: pages, search, the engine, and the page's own settings. On a phone it is a bar at the bottom.
import { useEffect, useState } from "preact/hooks";
import { connection } from "./engine/live.ts";
import { chooseEngine, currentEngine, session, signOut } from "./engine/requests.ts";
import { openPalette } from "./palette/palette.tsx";
import { Icon, type IconName } from "./parts/icon.tsx";
import { linkTo, route } from "./routing.ts";
import { chooseLanguage, language, languageNames, texts } from "./texts/index.ts";
import { chooseTheme, theme, themes } from "./theme.ts";

export interface PlaceRow {
  name: keyof typeof texts.value.pages;
  icon: IconName;
}

/** A phone's bar has these pages; the others are behind "More". */
const MAX_IN_BAR = 4;

export function Sidebar({ places }: { places: readonly PlaceRow[] }) {
  const [isExpanded, setExpanded] = useState(false);
  const { page } = route.value;
  useEffect(() => setExpanded(false), [route.value]);
  const current = page === "run" || page === "logs" ? "containers" : page;
  const isBeyond = places.slice(MAX_IN_BAR).some(({ name }) => name === current);
  return (
    <nav class={isExpanded ? "sidebar expanded" : "sidebar"} aria-label={texts.value.frame.navigation}>
      <a class="brand" href={linkTo("overview")}>
        <Mark /> Berth
      </a>
      <button type="button" class="find" aria-label={`${texts.value.common.search} Ctrl K`} onClick={openPalette}>
        <Icon name="search" size={15} /> {texts.value.common.search} <kbd>Ctrl K</kbd>
      </button>
      <div class="places">
        {places.map(({ name, icon }, index) => (
          <a
            key={name}
            class={index < MAX_IN_BAR ? "place" : "place beyond"}
            href={linkTo(name)}
            aria-current={current === name ? "page" : undefined}
          >
            <Icon name={icon} /> <span>{texts.value.pages[name]}</span>
          </a>
        ))}
        <button
          type="button"
          class="place narrow"
          aria-expanded={isExpanded}
          aria-current={isBeyond && !isExpanded ? "page" : undefined}
          onClick={() => setExpanded(!isExpanded)}
        >
          <Icon name={isExpanded ? "close" : "more"} /> <span>{texts.value.frame.more}</span>
        </button>
      </div>
      <span class="space" />
      <Settings />
    </nav>
  );
}

export function Mark() {
  return (
    <span class="brand-mark">
      <Icon name="berth" size={17} />
    </span>
  );
}

function Settings() {
  const { engines = [], readOnly = false, version = "" } = session.value ?? {};
  const { state } = connection.value;
  const tone = { connected: "good", connecting: "warn", lost: "bad" }[state];
  const next = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? "system";
  const words = texts.value.frame;
  return (
    <div class="settings">
      <div class="engine-state">
        <span class={`state ${tone}`} role="img" aria-label={words.connection[state]} title={words.connection[state]} />
        <span>{currentEngine.value}</span>
        <span class="version">{version}</span>
        {readOnly && <span class="badge">{texts.value.engine.readOnly}</span>}
      </div>
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
      <div class="row">
        <select
          aria-label={words.language}
          value={language.value}
          onChange={({ currentTarget }) => chooseLanguage(currentTarget.value)}
        >
          {Object.entries(languageNames).map(([name, title]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
        <button
          type="button"
          class="plain"
          aria-label={`${words.theme}: ${words.themes[theme.value]}`}
          title={`${words.theme}: ${words.themes[theme.value]}`}
          onClick={() => chooseTheme(next)}
        >
          <Icon name={theme.value} />
        </button>
        <button
          type="button"
          class="plain"
          aria-label={texts.value.signIn.signOut}
          title={texts.value.signIn.signOut}
          onClick={() => signOut()}
        >
          <Icon name="leave" />
        </button>
      </div>
    </div>
  );
}
