// Pulls an image, for `pull` and for commands that need a missing image.
import { type ImageReference, withDefaultTag } from "../api/references.ts";
import { findCredentials, serverOf } from "./credentials/store.ts";
import type { Output } from "./output/output.ts";
import { awaitProgress, showProgress } from "./output/progress.ts";
import type { Session } from "./session.ts";

export interface PullRequest {
  allTags?: boolean;
  platform?: string;
  /** Receives progress; undefined when quiet. */
  progress: Output | undefined;
}

/** "docker.io/library/busybox:latest": the full reference; a digest replaces the tag. */
export function canonicalName({ domain, path, tag, digest }: ImageReference): string {
  return `${domain}/${path}${digest === undefined ? `:${tag}` : `@${digest}`}`;
}

/** @throws CommandError with the registry's error */
export async function pullImage(
  session: Session,
  parsed: ImageReference,
  request: PullRequest,
): Promise<ImageReference> {
  const reference = request.allTags ? parsed : withDefaultTag(parsed);
  const server = serverOf(reference.domain);
  const [berth, credentials] = await Promise.all([session.berth(), findCredentials(session, server)]);
  const lines = berth.images.pull(reference, {
    allTags: request.allTags,
    platform: request.platform,
    credentials,
  });
  if (request.progress) await showProgress(lines, request.progress);
  else await awaitProgress(lines);
  return reference;
}
