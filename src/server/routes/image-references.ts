// The `repo` and `tag` parameters of tag, commit and import.
// Source: RepoTagReference in moby's api/server/httputils/form.go.
import { BerthError } from "../../api/errors.ts";
import { type ImageReference, parseReference, requireTaggable, withDefaultTag, withTag } from "../../api/references.ts";

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
