// A container's settings on their way to the form. They are not part of the address: they may have secrets.
import type { ContainerInspect } from "../../../api/containers.ts";
import type { ImageInspect } from "../../../api/images.ts";
import { get } from "../engine/requests.ts";
import { copy } from "../parts/copy.tsx";
import { attempt } from "../parts/toast.tsx";
import { go, linkTo } from "../routing.ts";
import { texts } from "../texts/index.ts";
import { settingsOfContainer } from "./existing.ts";
import { lineOf, type RunSettings } from "./line.ts";

export interface Draft {
  settings: RunSettings;
  /** The container that the new one takes the place of. */
  replaces?: { id: string; name: string };
}

let draft: Draft | undefined;

/** The draft for the form, which is opened with it once. */
export function takeDraft(): Draft | undefined {
  const taken = draft;
  draft = undefined;
  return taken;
}

/** Opens the form with a container's settings: for another one like it, or for one in its place. */
export function openCopy(id: string, name: string, purpose: "duplicate" | "replace"): Promise<boolean> {
  return attempt(texts.value.containers[purpose], async () => {
    const settings = await settingsOf(id);
    draft = purpose === "replace" ? { settings, replaces: { id, name } } : { settings: duplicateOf(settings) };
    go(linkTo("run"));
  });
}

export function copyLine(id: string): Promise<boolean> {
  return attempt(texts.value.containers.copyLine, async () => copy(lineOf(await settingsOf(id))));
}

async function settingsOf(id: string): Promise<RunSettings> {
  const container = await get<ContainerInspect>(`/containers/${encodeURIComponent(id)}/json`);
  // Without its image everything counts as the container's own.
  const image = await get<ImageInspect>(`/images/${container.Image}/json`).catch(() => undefined);
  return settingsOfContainer(container, image?.Config ?? {});
}

/** Another container: with another name, volumes only by name, and no member of the Compose project. */
const duplicateOf = (settings: RunSettings): RunSettings => ({
  ...settings,
  name: `${settings.name}-copy`,
  volume: settings.volume.filter((text) => !/^[0-9a-f]{64}:/.test(text)),
  label: settings.label.filter((text) => !text.startsWith("com.docker.compose.")),
});
