// A status of 400 or more as an error: in the engine's words, or in Docker's where there are none.
import { ApiError } from "./errors.ts";

/** What the engine says of a failure; "" when it says nothing. */
async function messageOf(response: Response): Promise<string> {
  const text = await response.text();
  if (!(response.headers.get("content-type") ?? "").startsWith("application/json")) return text.trim();
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null && "message" in body) return String(body.message).trim();
  } catch {
    // The engine promised JSON and broke the promise: its text says more than we could.
  }
  return text.trim();
}

/** Reads the answer to its end. */
export async function refusalOf(response: Response): Promise<ApiError> {
  const message = await messageOf(response);
  if (message !== "") return new ApiError(response.status, message);
  const asked = `API route and version ${response.url}, check if the server supports the requested API version`;
  return new ApiError(
    response.status,
    `request returned ${response.status} ${response.statusText} for ${asked}`,
    false,
  );
}
