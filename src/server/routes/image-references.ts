// Image references as requests carry them: the `repo` and `tag` parameters of tag, commit and import, and the `t` of a
// build. Source: RepoTagReference in moby's api/server/httputils/form.go.
import { BerthError } from "../../api/errors.ts";
import {
  familiarRepository,
  type ImageReference,
  parseReference,
  repositoryOf,
  withDefaultTag,
  withTag,
} from "../../api/references.ts";

/**
 * The name that `repo` and `tag` ask for, with the default tag where none is given; undefined without `repo`.
 * @throws BerthError invalidParameter
 */
export function repositoryTag(query: URLSearchParams): ImageReference | undefined {
  const repository = query.get("repo") ?? "";
  if (repository === "") return undefined;
  const named = parseReference(repository);
  if (named.digest !== undefined) throw new BerthError("invalidParameter", "cannot import digest reference");
  const tag = query.get("tag") ?? "";
  return withDefaultTag(requireTaggable(tag === "" ? named : withTag(named, tag)));
}

/**
 * Refuses a name that would be read as the start of a digest.
 * @throws BerthError invalidParameter
 */
export function requireTaggable(reference: ImageReference): ImageReference {
  if (familiarRepository(repositoryOf(reference)) !== "sha256") return reference;
  throw new BerthError("invalidParameter", "refusing to create an ambiguous tag using digest algorithm as name");
}
