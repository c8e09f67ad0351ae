// Maps errors of registries to Docker's messages for pull and push.
import { BerthError } from "../../api/errors.ts";
import { familiarReference, familiarRepository, type ImageReference, repositoryOf } from "../../api/references.ts";
import { NoCredentialsError, RegistryError } from "../../registry/errors.ts";

/** Errors other than a registry's are returned unchanged. */
export function translatePullError(thrown: unknown, reference: ImageReference): unknown {
  if (!(thrown instanceof RegistryError)) return thrown;
  const name = familiarRepository(repositoryOf(reference));
  const { words } = thrown;
  if (thrown.code === "DENIED") {
    const advice = "repository does not exist or may require 'docker login'";
    return new BerthError("notFound", `pull access denied for ${name}, ${advice}: ${words}`, thrown);
  }
  if (thrown.code === "MANIFEST_UNKNOWN") {
    return new BerthError("notFound", `manifest for ${familiarReference(reference)} not found: ${words}`, thrown);
  }
  if (thrown.code === "NAME_UNKNOWN") {
    return new BerthError("notFound", `repository ${name} not found: ${words}`, thrown);
  }
  return thrown;
}

/** The message of a denied push does not name the request. */
export function translatePushError(thrown: unknown): unknown {
  const isRefusal = thrown instanceof NoCredentialsError || thrown instanceof RegistryError;
  return isRefusal ? new BerthError(thrown.kind, thrown.words, thrown) : thrown;
}
