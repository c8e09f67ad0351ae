// The images of the engine.
import type { ImageSummary } from "../../../api/images.ts";
import { engineList, get } from "../engine/requests.ts";
import { shortId } from "../parts/format.ts";

export const images = engineList<ImageSummary>();

/** Docker engines before release 25 return null for an image without names. */
interface AnsweredImage extends Omit<ImageSummary, "RepoTags" | "RepoDigests"> {
  RepoTags: string[] | null;
  RepoDigests: string[] | null;
}

export async function loadImages(): Promise<void> {
  const answer = await get<AnsweredImage[]>("/images/json");
  images.value = answer.map(({ RepoTags, RepoDigests, ...rest }) => ({
    ...rest,
    RepoTags: RepoTags ?? [],
    RepoDigests: RepoDigests ?? [],
  }));
}

export const titleOf = ({ RepoTags, RepoDigests, Id }: ImageSummary): string =>
  [RepoTags[0], RepoDigests[0]?.split("@")[0]].find((name) => name !== undefined && !name.startsWith("<none>")) ??
  shortId(Id);
