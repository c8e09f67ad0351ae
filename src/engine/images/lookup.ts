// Finds an image by a full ID, an ID prefix, a name with or without tag, or a name with a digest.
import { BerthError } from "../../api/errors.ts";
import {
  familiarReference,
  type ImageReference,
  isIdentifier,
  parseReference,
  repositoryOf,
  withDefaultTag,
} from "../../api/references.ts";
import type { ImageRecord, ImageRecords } from "./records.ts";

const ID_PREFIX = /^(?:sha256:)?[0-9a-f]{1,64}$/;

/** A full ID with its "sha256:" prefix, which may be missing in the text. */
export function fullId(text: string): string | undefined {
  const digits = text.startsWith("sha256:") ? text.slice("sha256:".length) : text;
  return isIdentifier(digits) ? `sha256:${digits}` : undefined;
}

/**
 * The image that `text` refers to. A retired one is only found by its full ID.
 * @throws BerthError invalidParameter for an invalid reference
 */
export function findRecord(records: ImageRecords, text: string): ImageRecord | undefined {
  const id = fullId(text);
  if (id !== undefined) return records.byImageId(id);
  const named =
    ID_PREFIX.test(text) && text.startsWith("sha256:") ? undefined : findNamed(records, parseReference(text));
  return named ?? findByPrefix(records, text);
}

/** The image with exactly this name; a digest takes precedence over a tag. */
export function findNamed(records: ImageRecords, reference: ImageReference): ImageRecord | undefined {
  const repository = repositoryOf(reference);
  const { tag, digest } = withDefaultTag(reference);
  return digest === undefined ? records.tagged(`${repository}:${tag}`) : records.digested(`${repository}@${digest}`);
}

function findByPrefix(records: ImageRecords, text: string): ImageRecord | undefined {
  if (!ID_PREFIX.test(text)) return undefined;
  const prefix = text.startsWith("sha256:") ? text : `sha256:${text}`;
  const matching = records.all().filter(({ id, retired }) => !retired && id.startsWith(prefix));
  return matching.length === 1 ? matching[0] : undefined;
}

/** Like {@link findRecord}. @throws BerthError notFound in Docker's words */
export function getRecord(records: ImageRecords, text: string): ImageRecord {
  const record = findRecord(records, text);
  if (record) return record;
  const shown = fullId(text) ?? familiarReference(withDefaultTag(parseReference(text)));
  throw new BerthError("notFound", `No such image: ${shown}`);
}
