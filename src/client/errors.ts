// Errors between a client and its engine, in the words of Docker's client.

interface ApiErrorDetails {
  explained?: boolean;
  exitCode?: number | undefined;
}

/** The engine answered with a status of 400 or more. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  /** Whether `message` is the engine's own: a proxy in between may answer without one. */
  readonly explained: boolean;
  /** Of a failed start, by Berth's engine: the exit code that the container keeps. */
  readonly exitCode: number | undefined;

  constructor(status: number, message: string, { explained = true, exitCode }: ApiErrorDetails = {}) {
    super(message);
    this.status = status;
    this.explained = explained;
    this.exitCode = exitCode;
  }
}

/** Whether an engine, or a proxy before it, rejects a request as unknown. */
export function isUnknownRoute(thrown: unknown): boolean {
  if (!(thrown instanceof ApiError)) return false;
  return (
    [403, 405, 501].includes(thrown.status) || (thrown.status === 404 && /^(page )?not found$/i.test(thrown.message))
  );
}

/** The engine could not be reached, or the connection broke. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";
}

/** The engine's address is invalid. */
export class EndpointError extends Error {
  override readonly name = "EndpointError";
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
}

/** Maps Bun's error of a connection to a {@link ConnectionError}. */
export function connectionError(host: string, method: string, url: string, thrown: unknown): ConnectionError {
  const attempt = `${method.charAt(0)}${method.slice(1).toLowerCase()} "${url}"`;
  switch (codeOf(thrown)) {
    case "ENOENT":
    case "ECONNREFUSED":
    case "ConnectionRefused":
    case "FailedToOpenSocket":
      return new ConnectionError(`Cannot connect to the Docker daemon at ${host}. Is the docker daemon running?`);
    case "EACCES":
      return new ConnectionError(
        `permission denied while trying to connect to the Docker daemon socket at ${host}: ${attempt}: dial unix ${host.replace("unix://", "")}: connect: permission denied`,
      );
    case "ENOTFOUND":
      return new ConnectionError(
        `error during connect: ${attempt}: dial tcp: lookup ${new URL(url).hostname}: no such host`,
      );
    case "ECONNRESET":
    case "ConnectionClosed":
      return new ConnectionError(`error during connect: ${attempt}: EOF`);
    default:
      return new ConnectionError(
        `error during connect: ${attempt}: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      );
  }
}
