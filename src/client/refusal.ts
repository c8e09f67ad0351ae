// Turns a status of 400 or more into an error: in the engine's words, or in Docker's where there are none.
import { ApiError } from "./errors.ts";

interface EngineError {
  /** "" where the engine gives none. */
  message: string;
  exitCode?: number | undefined;
}

/** Reads the response to its end. */
export async function refusalOf(response: Response): Promise<ApiError> {
  const { message, exitCode } = await readError(response);
  if (message !== "") return new ApiError(response.status, message, { exitCode });
  const asked = `API route and version ${response.url}, check if the server supports the requested API version`;
  const text = `request returned ${response.status} ${response.statusText} for ${asked}`;
  return new ApiError(response.status, text, { explained: false });
}

async function readError(response: Response): Promise<EngineError> {
  const text = (await response.text()).trim();
  if (!(response.headers.get("content-type") ?? "").startsWith("application/json")) return { message: text };
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null && "message" in body) {
      const exitCode = "exitCode" in body && typeof body.exitCode === "number" ? body.exitCode : undefined;
      return { message: String(body.message).trim(), exitCode };
    }
  } catch {
    // The content is not what its type says: the text itself says more than we could.
  }
  return { message: text };
}
