// Names of images: canonical as in the database, and familiar as shown to users.
import { familiarRepository } from "../../api/references.ts";

/** "docker.io/library/busybox:latest" */
export type RepositoryTag = string;
/** "docker.io/library/busybox@sha256:…" */
export type RepositoryDigest = string;

/** "host:5000/x:tag" into its two halves. */
export function splitTag(name: RepositoryTag): { repository: string; tag: string } {
  const colon = name.lastIndexOf(":");
  return { repository: name.slice(0, colon), tag: name.slice(colon + 1) };
}

/** "host:5000/x@sha256:…" into its two halves. */
export function splitDigest(name: RepositoryDigest): { repository: string; digest: string } {
  const at = name.indexOf("@");
  return { repository: name.slice(0, at), digest: name.slice(at + 1) };
}

export function familiarTag(name: RepositoryTag): string {
  const { repository, tag } = splitTag(name);
  return `${familiarRepository(repository)}:${tag}`;
}

export function familiarDigest(name: RepositoryDigest): string {
  const { repository, digest } = splitDigest(name);
  return `${familiarRepository(repository)}@${digest}`;
}
