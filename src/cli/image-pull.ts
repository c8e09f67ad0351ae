// Pulling an image, for the command of that name and for those that need one.
import { type ImageReference, parseReference, withDefaultTag } from "../api/references.ts";
import { findCredentials, serverOf } from "./credentials/store.ts";
import type { Output } from "./output/output.ts";
import { awaitProgress, showProgress } from "./output/progress.ts";
import type { Session } from "./session.ts";

export interface PullRequest {
  allTags?: boolean;
  platform?: string;
  /** Where its progress goes; nowhere when quiet. */
  progress: Output | undefined;
}

/** "docker.io/library/busybox:latest": the name in full; a digest stands for the tag. */
export function canonicalName({ domain, path, tag, digest }: ImageReference): string {
  return `${domain}/${path}${digest === undefined ? `:${tag}` : `@${digest}`}`;
}

/** @throws CommandError with the registry's answer, BerthError when the name is none */
export async function pullImage(session: Session, name: string, request: PullRequest): Promise<ImageReference> {
  const parsed = parseReference(name);
  const reference = request.allTags ? parsed : withDefaultTag(parsed);
  const { domain, path, tag, digest } = reference;
  const suffix = digest !== undefined ? `@${digest}` : tag === undefined ? "" : `:${tag}`;
  const [berth, credentials] = await Promise.all([session.berth(), findCredentials(session, serverOf(domain))]);
  const repository = domain === "docker.io" ? path.replace(/^library\/([^/]+)$/, "$1") : `${domain}/${path}`;
  const lines = berth.images.pull(`${repository}${suffix}`, {
    allTags: request.allTags,
    platform: request.platform,
    credentials,
  });
  if (request.progress) await showProgress(lines, request.progress);
  else await awaitProgress(lines);
  return reference;
}
