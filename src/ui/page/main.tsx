// The page's entry point.
import { render } from "preact";
import { App } from "./app.tsx";
import { followEvents } from "./engine/live.ts";
import { loadSession } from "./engine/requests.ts";
import { loadLanguage } from "./texts/index.ts";
import { loadTheme } from "./theme.ts";

const root = document.querySelector("#page");
loadLanguage();
loadTheme();
await loadSession();
followEvents();
if (root) render(<App />, root);
