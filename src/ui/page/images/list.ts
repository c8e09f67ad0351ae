// The images of the engine.
import { signal } from "@preact/signals";
import type { ImageSummary } from "../../../api/images.ts";
import { get } from "../engine/requests.ts";
import { shortId } from "../parts/format.ts";

export const images = signal<readonly ImageSummary[] | undefined>(undefined);

export async function loadImages(): Promise<void> {
  images.value = await get<ImageSummary[]>("/images/json");
}

export const titleOf = ({ RepoTags, RepoDigests, Id }: ImageSummary): string =>
  RepoTags[0] ?? RepoDigests[0]?.split("@")[0] ?? shortId(Id);
