// `POST /context`: applies an ignore file to the file names of a directory (wire/context.ts).
import * as v from "valibot";
import { BerthError } from "../../api/errors.ts";
import { PatternMatcher, parseIgnoreFile } from "../../api/pattern-matcher.ts";
import type { ContextAnswer } from "../wire/context.ts";
import { json, refusal } from "./answers.ts";

/** Enough for the names of about 200,000 files. */
const MAX_BYTES = 16 * 1024 * 1024;

const questionSchema = v.object({ rules: v.string(), names: v.array(v.string()), kept: v.array(v.string()) });

export async function contextAnswer(request: Request): Promise<Response> {
  if (request.method !== "POST") return refusal(404, "page not found");
  // Without a length it could be of any.
  if (Number(request.headers.get("content-length") ?? Number.POSITIVE_INFINITY) > MAX_BYTES)
    return refusal(413, "the directory has too many files");
  const question = v.safeParse(v.pipe(v.string(), v.parseJson(), questionSchema), await request.text());
  if (!question.success) return refusal(400, "rules and names are expected");
  const { rules: text, names, kept } = question.output;
  try {
    const ignored = new PatternMatcher(parseIgnoreFile(text));
    for (const name of kept) ignored.except(name);
    return json({ names: names.filter((name) => !ignored.matches(name)) } satisfies ContextAnswer);
  } catch (thrown) {
    if (thrown instanceof BerthError) return refusal(400, `error checking context: ${thrown.message}`);
    throw thrown;
  }
}
