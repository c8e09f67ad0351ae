// The API versions this engine speaks. The oldest is what skopeo, buildah and podman of Debian 12 ask for.
import { BerthError } from "../api/errors.ts";
import type { ApiVersion } from "./exchange.ts";

export const LATEST_API_VERSION: ApiVersion = { major: 1, minor: 51 };
export const OLDEST_API_VERSION: ApiVersion = { major: 1, minor: 22 };

export function formatApiVersion({ major, minor }: ApiVersion): string {
  return `${major}.${minor}`;
}

export function compareApiVersions(left: ApiVersion, right: ApiVersion): number {
  return left.major - right.major || left.minor - right.minor;
}

/** The version of a request: the one in its path, or the latest. @throws BerthError invalidParameter */
export function negotiate(requested: string | undefined): ApiVersion {
  if (requested === undefined) return LATEST_API_VERSION;
  const [major = "", minor = "", ...rest] = requested.split(".");
  const version = { major: Number(major), minor: Number(minor) };
  if (!Number.isSafeInteger(version.major) || !Number.isSafeInteger(version.minor) || rest.length > 0) {
    throw new BerthError("invalidParameter", `invalid API version: ${requested}`);
  }
  if (compareApiVersions(version, OLDEST_API_VERSION) < 0) {
    throw new BerthError(
      "invalidParameter",
      `client version ${requested} is too old. Minimum supported API version is ${formatApiVersion(OLDEST_API_VERSION)}, please upgrade your client to a newer version`,
    );
  }
  if (compareApiVersions(version, LATEST_API_VERSION) > 0) {
    throw new BerthError(
      "invalidParameter",
      `client version ${requested} is too new. Maximum supported API version is ${formatApiVersion(LATEST_API_VERSION)}`,
    );
  }
  return version;
}
