// Image references as Docker's tools read them: "busybox", "user/app:1.0", "host:5000/path@sha256:…". The command line,
// the client and the API share this grammar. Source: https://github.com/distribution/reference
import { BerthError } from "./errors.ts";

export interface ImageReference {
  /** The registry: "docker.io" when none was named. */
  domain: string;
  /** "library/busybox" */
  path: string;
  tag?: string;
  /** "sha256:…" */
  digest?: string;
}

const DEFAULT_DOMAIN = "docker.io";
const OLD_DEFAULT_DOMAIN = "index.docker.io";
const OFFICIAL_PREFIX = "library/";
export const DEFAULT_TAG = "latest";
const MAX_NAME_LENGTH = 255;

const DOMAIN_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const DOMAIN = new RegExp(`^(?:${DOMAIN_LABEL}(?:\\.${DOMAIN_LABEL})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]+)?$`);
const PATH_PART = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const PATH = new RegExp(`^${PATH_PART}(?:/${PATH_PART})*$`);
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const IDENTIFIER = /^[0-9a-f]{64}$/;

const invalid = (detail = ""): BerthError =>
  new BerthError("invalidParameter", `invalid reference format${detail === "" ? "" : `: ${detail}`}`);

/** Whether `text` is an ID: 64 hexadecimal digits, which no name can be. */
export function isIdentifier(text: string): boolean {
  return IDENTIFIER.test(text);
}

/**
 * Parses a reference and adds the default registry and "library/", but no default tag.
 * @throws BerthError invalidParameter, in Docker's words
 */
export function parseReference(text: string): ImageReference {
  if (isIdentifier(text)) {
    throw new BerthError(
      "invalidParameter",
      `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`,
    );
  }
  const { domain, remainder } = splitDomain(text);
  const [named = "", digest, ...more] = remainder.split("@");
  const colon = named.indexOf(":");
  const path = colon === -1 ? named : named.slice(0, colon);
  const tag = colon === -1 ? undefined : named.slice(colon + 1);
  if (path !== path.toLowerCase()) throw invalid(`repository name (${path}) must be lowercase`);
  if (!PATH.test(path) || !DOMAIN.test(domain) || more.length > 0) throw invalid();
  if (tag !== undefined && !TAG.test(tag)) throw invalid();
  if (digest !== undefined && !DIGEST.test(digest)) throw invalid();
  if (digest?.startsWith("sha256:") && !isIdentifier(digest.slice("sha256:".length))) {
    throw new BerthError("invalidParameter", "invalid checksum digest length");
  }
  if (domain.length + 1 + path.length > MAX_NAME_LENGTH) {
    throw new BerthError("invalidParameter", `repository name must not be more than ${MAX_NAME_LENGTH} characters`);
  }
  return { domain, path, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

// The first part is a registry only if it cannot be a path on the default registry.
function splitDomain(text: string): { domain: string; remainder: string } {
  const slash = text.indexOf("/");
  const first = slash === -1 ? "" : text.slice(0, slash);
  const isDomain = first === "localhost" || /[.:]/.test(first) || first !== first.toLowerCase();
  const named = isDomain ? first : DEFAULT_DOMAIN;
  const domain = named === OLD_DEFAULT_DOMAIN ? DEFAULT_DOMAIN : named;
  const remainder = isDomain ? text.slice(slash + 1) : text;
  const isOfficial = domain === DEFAULT_DOMAIN && !remainder.includes("/");
  return { domain, remainder: isOfficial ? OFFICIAL_PREFIX + remainder : remainder };
}

/** The reference with the default tag when it has neither tag nor digest. */
export function withDefaultTag(reference: ImageReference): ImageReference {
  return reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: DEFAULT_TAG } : reference;
}

/** The repository with this tag, in place of any other. @throws BerthError invalidParameter */
export function withTag({ domain, path }: ImageReference, tag: string): ImageReference {
  if (!TAG.test(tag)) throw new BerthError("invalidParameter", "invalid tag format");
  return { domain, path, tag };
}

/** The repository with this digest, in place of any other tag or digest. @throws BerthError invalidParameter */
export function withDigest({ domain, path }: ImageReference, digest: string): ImageReference {
  if (!DIGEST.test(digest)) throw new BerthError("invalidParameter", "invalid digest format");
  return { domain, path, digest };
}

/** The name without tag and digest, in full: "docker.io/library/busybox". */
export function repositoryOf({ domain, path }: ImageReference): string {
  return `${domain}/${path}`;
}

/** The short form of a repository: "busybox". */
export function familiarRepository(repository: string): string {
  const official = `${DEFAULT_DOMAIN}/${OFFICIAL_PREFIX}`;
  if (repository.startsWith(official) && !repository.slice(official.length).includes("/")) {
    return repository.slice(official.length);
  }
  return repository.startsWith(`${DEFAULT_DOMAIN}/`) ? repository.slice(DEFAULT_DOMAIN.length + 1) : repository;
}

/** The short form of a reference: "busybox:latest". */
export function familiarReference(reference: ImageReference): string {
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
  return `${familiarRepository(repositoryOf(reference))}${tag}${digest}`;
}

/**
 * Refuses a name that would be read as the start of a digest.
 * @throws BerthError invalidParameter
 */
export function requireTaggable(reference: ImageReference): ImageReference {
  if (familiarRepository(repositoryOf(reference)) !== "sha256") return reference;
  throw new BerthError("invalidParameter", "refusing to create an ambiguous tag using digest algorithm as name");
}
