// The page's theme: the system's, or the user's choice.
import { signal } from "@preact/signals";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

export const theme = signal<Theme>("system");

const system = window.matchMedia("(prefers-color-scheme: dark)");
/** Changes whenever the colours do: charts draw with colours that they read once. */
export const isDark = signal(system.matches);

export function loadTheme(): void {
  applyTheme(themes.find((name) => name === localStorage.getItem("theme")) ?? "system");
  system.addEventListener("change", () => applyTheme(theme.value));
}

export function chooseTheme(name: Theme): void {
  localStorage.setItem("theme", name);
  applyTheme(name);
}

function applyTheme(name: Theme): void {
  if (name === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  theme.value = name;
  isDark.value = name === "system" ? system.matches : name === "dark";
}
