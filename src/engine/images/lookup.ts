// Finding an image by what people type: an ID, the start of one, a name with or without tag, a name with a digest.
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

/** A full ID, with or without its "sha256:", as records have it. */
export function fullId(text: string): string | undefined {
  const digits = text.startsWith("sha256:") ? text.slice("sha256:".length) : text;
  return isIdentifier(digits) ? `sha256:${digits}` : undefined;
}

/**
 * The image `text` speaks of. A retired one is found by its full ID alone.
 * @throws BerthError invalidParameter for what is no name at all
 */
export function findRecord(records: ImageRecords, text: string): ImageRecord | undefined {
  const id = fullId(text);
  if (id !== undefined) return records.byImageId(id);
  const named =
    ID_PREFIX.test(text) && text.startsWith("sha256:") ? undefined : findNamed(records, parseReference(text));
  return named ?? findByPrefix(records, text);
}

/** The image with exactly this name; a digest counts more than a tag beside it. */
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

/** As {@link findRecord}. @throws BerthError notFound, in Docker's words */
export function getRecord(records: ImageRecords, text: string): ImageRecord {
  const record = findRecord(records, text);
  if (record) return record;
  const shown = fullId(text) ?? familiarReference(withDefaultTag(parseReference(text)));
  throw new BerthError("notFound", `No such image: ${shown}`);
}
