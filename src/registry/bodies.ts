// Reads response bodies of registries with a size limit.
import { BerthError, messageOf } from "../api/errors.ts";

export interface ResponseBody {
  body: AsyncIterable<Uint8Array> | null;
}

/** The chunks of a body up to the one that exceeds `limit` bytes, which is the last. */
export async function* readUntil({ body }: ResponseBody, limit: number): AsyncGenerator<Uint8Array, void, void> {
  let length = 0;
  for await (const chunk of body ?? []) {
    yield chunk;
    length += chunk.length;
    if (length > limit) return;
  }
}

/** The whole body. @throws BerthError when it is longer than `limit` bytes */
export async function readBody(response: ResponseBody, limit: number): Promise<Buffer> {
  const body = Buffer.concat(await Array.fromAsync(readUntil(response, limit)));
  if (body.length > limit) throw new BerthError("internal", `the registry's answer is larger than ${limit} bytes`);
  return body;
}

/** The body as JSON. @throws BerthError when it is longer than `limit` bytes or no JSON */
export async function readJson(response: ResponseBody, limit: number): Promise<unknown> {
  const text = (await readBody(response, limit)).toString("utf8");
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new BerthError("internal", `the registry's answer is not JSON: ${messageOf(thrown)}`, thrown);
  }
}
