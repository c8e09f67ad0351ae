// Reads a JSON request body as Go's decoder would, because that is what clients were written against: names match
// whatever their case, null leaves a field at its zero value, an empty body is an empty object.
import * as v from "valibot";
import { BerthError, messageOf } from "../api/errors.ts";
import type { Schema } from "./exchange.ts";

/** Most bytes of a JSON body; a container's whole configuration is a few kilobytes. */
const BODY_LIMIT = 8 * 1024 * 1024;

/** The body's text as a value of the schema, or invalidParameter with a sentence that names the field. */
export async function readJson<S extends Schema>(
  schema: S,
  body: AsyncIterable<Uint8Array>,
  contentType: string | undefined,
): Promise<v.InferOutput<S>> {
  const text = await readText(body);
  if (text.length > 0 || contentType !== undefined) requireJson(contentType ?? "");
  return validateJson(schema, text);
}

export function validateJson<S extends Schema>(schema: S, text: string): v.InferOutput<S> {
  const value = text.trim() === "" ? {} : parse(text);
  const result = v.safeParse(schema, fitToSchema(schema, value) ?? {});
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  throw new BerthError("invalidParameter", `invalid JSON: ${path ? `${path}: ` : ""}${issue.message}`);
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > BODY_LIMIT) {
      throw new BerthError("invalidParameter", `the request body is larger than ${BODY_LIMIT} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function requireJson(contentType: string): void {
  const [mediaType = ""] = contentType.split(";", 1);
  if (!/^\s*[^\s/;]+\/[^\s/;]+\s*$/.test(mediaType)) {
    throw new BerthError("invalidParameter", `malformed Content-Type header (${contentType}): mime: no media type`);
  }
  if (mediaType.trim().toLowerCase() !== "application/json") {
    throw new BerthError(
      "invalidParameter",
      `unsupported Content-Type header (${contentType}): must be 'application/json'`,
    );
  }
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (thrown) {
    throw new BerthError("invalidParameter", `invalid JSON: ${messageOf(thrown)}`);
  }
}

/** The value with names in the schema's spelling and nulls replaced by what Go would leave there. */
function fitToSchema(schema: Schema, value: unknown): unknown {
  const inner = "wrapped" in schema && isSchema(schema.wrapped) ? schema.wrapped : undefined;
  if (inner) return schema.type === "nullable" && value === null ? null : fitToSchema(inner, value);
  if (value === null) return undefined;
  if (Array.isArray(value)) return fitArray(schema, value);
  if (typeof value !== "object") return value;
  if ("entries" in schema && isRecord(schema.entries)) return fitObject(schema.entries, value);
  if ("value" in schema && isSchema(schema.value)) return fitRecord(schema.value, value);
  return value;
}

function fitArray(schema: Schema, value: unknown[]): unknown {
  // The validator would take a list for an object; as text it is refused, and the sentence shows it.
  if (schema.type === "object" || schema.type === "record") return JSON.stringify(value);
  if (!("item" in schema) || !isSchema(schema.item)) return value;
  const { item } = schema;
  return value.map((element) => fitElement(item, element));
}

/** A null in a map keeps its name: `{"80/tcp": null}` is a port. Go's maps come out in the order of their names. */
function fitRecord(item: Schema, value: object): object {
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([name, element]) => [name, fitElement(item, element)]));
}

function fitElement(item: Schema, element: unknown): unknown {
  const fit = fitToSchema(item, element);
  return fit === undefined ? zeroValue(item) : fit;
}

function fitObject(entries: Record<string, unknown>, value: object): object {
  const fitted: [string, unknown][] = [];
  for (const [sent, element] of Object.entries(value)) {
    const name = Object.hasOwn(entries, sent) ? sent : spellingOf(entries).get(sent.toLowerCase());
    const entry = name === undefined ? undefined : entries[name];
    if (name === undefined || !isSchema(entry)) continue;
    const fit = fitToSchema(entry, element);
    if (fit !== undefined) fitted.push([name, fit]);
  }
  return Object.fromEntries(fitted);
}

const spellings = new WeakMap<object, ReadonlyMap<string, string>>();

/** The names of an object's fields by the same in lower case. */
function spellingOf(entries: Record<string, unknown>): ReadonlyMap<string, string> {
  const known = spellings.get(entries);
  if (known) return known;
  const spelling = new Map(Object.keys(entries).map((name) => [name.toLowerCase(), name]));
  spellings.set(entries, spelling);
  return spelling;
}

function zeroValue(schema: Schema): unknown {
  const inner = "wrapped" in schema && isSchema(schema.wrapped) ? schema.wrapped : schema;
  switch (inner.type) {
    case "string":
      return "";
    case "number":
      return 0;
    case "boolean":
      return false;
    case "array":
      return [];
    default:
      return {};
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isSchema(value: unknown): value is Schema {
  return isRecord(value) && value.kind === "schema";
}
