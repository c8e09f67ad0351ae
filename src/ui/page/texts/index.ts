// The page's language: the browser's preference, or the user's choice.
import { signal } from "@preact/signals";
import { en, type Texts } from "./en.ts";
import { ko } from "./ko.ts";

const languages: Readonly<Record<string, Texts>> = { en, ko };

/** Read in components as `texts.value.common.search`, so that they update with the language. */
export const texts = signal<Texts>(en);
export const language = signal("en");

export const languageNames: Readonly<Record<string, string>> = { en: en.language, ko: ko.language };

export function chooseLanguage(name: string): void {
  localStorage.setItem("language", name);
  applyLanguage(name);
}

export function loadLanguage(): void {
  const wanted = [localStorage.getItem("language") ?? "", ...navigator.languages.map((tag) => tag.split("-")[0] ?? "")];
  applyLanguage(wanted.find((name) => name in languages) ?? "en");
}

function applyLanguage(name: string): void {
  const chosen = languages[name];
  if (!chosen) return;
  texts.value = chosen;
  language.value = name;
  document.documentElement.lang = name;
}
