// The language of the page: what the browser prefers, or what the user chose.
import { signal } from "@preact/signals";
import { en, type Texts } from "./en.ts";

const languages: Readonly<Record<string, () => Promise<Texts>>> = {
  en: () => Promise.resolve(en),
  ko: async () => (await import("./ko.ts")).ko,
};

/** Read in components as `texts.value.common.search`, so that they follow a change. */
export const texts = signal<Texts>(en);
export const language = signal("en");

export const languageNames: Readonly<Record<string, string>> = { en: "English", ko: "한국어" };

export async function chooseLanguage(name: string): Promise<void> {
  localStorage.setItem("language", name);
  await applyLanguage(name);
}

export async function loadLanguage(): Promise<void> {
  const wanted = [localStorage.getItem("language") ?? "", ...navigator.languages.map((tag) => tag.split("-")[0] ?? "")];
  await applyLanguage(wanted.find((name) => name in languages) ?? "en");
}

async function applyLanguage(name: string): Promise<void> {
  const load = languages[name];
  if (!load) return;
  texts.value = await load();
  language.value = name;
  document.documentElement.lang = name;
}
