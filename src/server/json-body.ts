// Reads a JSON request body as Go's decoder would (see api/go-json.ts); an empty body is an empty object.
import * as v from "valibot";
import { BerthError, messageOf } from "../api/errors.ts";
import { fitToSchema } from "../api/go-json.ts";
import { CONTENT_AFTER_JSON, parseJson } from "../api/go-json-syntax.ts";
import type { Schema } from "./exchange.ts";

/** Maximum size of a JSON body in bytes; a container's configuration has a few kilobytes. */
const BODY_LIMIT = 8 * 1024 * 1024;

/** Reads the body as a value of the schema. @throws BerthError invalidParameter, naming the field */
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
  const value = text === "" ? {} : parse(text);
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
  if (text.trim() === "") throw new BerthError("invalidParameter", "invalid JSON: got EOF while reading request body");
  try {
    return parseJson(text);
  } catch (thrown) {
    const reason = messageOf(thrown);
    throw new BerthError("invalidParameter", reason === CONTENT_AFTER_JSON ? reason : `invalid JSON: ${reason}`);
  }
}
