// Pushing an image, for the command of that name and for `build --push`.
import { parseReference } from "../api/references.ts";
import { findCredentials, serverOf } from "./credentials/store.ts";
import type { Output } from "./output/output.ts";
import { awaitProgress, showProgress } from "./output/progress.ts";
import type { Session } from "./session.ts";

export interface PushRequest {
  allTags?: boolean;
  /** The JSON of an OCI platform. */
  platform?: string | undefined;
  /** Where its progress goes; nowhere when quiet. */
  progress: Output | undefined;
}

/** @throws CommandError with the registry's answer, BerthError when the name is none */
export async function pushImage(session: Session, name: string, request: PushRequest): Promise<void> {
  const { allTags = false, platform, progress } = request;
  const { domain } = parseReference(name);
  const [berth, credentials] = await Promise.all([session.berth(), findCredentials(session, serverOf(domain))]);
  const lines = berth.images.push(name, { allTags, platform, credentials });
  await (progress ? showProgress(lines, progress) : awaitProgress(lines));
}
