// Pushes an image, for `push` and `build --push`.
import type { ImageReference } from "../api/references.ts";
import { findCredentials, serverOf } from "./credentials/store.ts";
import type { Output } from "./output/output.ts";
import { awaitProgress, showProgress } from "./output/progress.ts";
import type { Session } from "./session.ts";

export interface PushRequest {
  allTags?: boolean;
  /** The JSON of an OCI platform. */
  platform?: string | undefined;
  /** Receives progress; undefined when quiet. */
  progress: Output | undefined;
}

/** @throws CommandError with the registry's error */
export async function pushImage(session: Session, reference: ImageReference, request: PushRequest): Promise<void> {
  const { allTags = false, platform, progress } = request;
  const [berth, credentials] = await Promise.all([
    session.berth(),
    findCredentials(session, serverOf(reference.domain)),
  ]);
  const lines = berth.images.push(reference, { allTags, platform, credentials });
  await (progress ? showProgress(lines, progress) : awaitProgress(lines));
}
