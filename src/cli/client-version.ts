// The client's version information for `version` and `info`.
import { BUILD_TIME, GIT_COMMIT, VERSION } from "../api/product.ts";
import { NEWEST_API_VERSION } from "../client/connection.ts";

/** Uses the fields of Docker's client; GoVersion holds the JavaScript runtime's version. */
export interface ClientVersion {
  Version: string;
  DefaultAPIVersion: string;
  GitCommit: string;
  GoVersion: string;
  Os: string;
  Arch: string;
  BuildTime: string;
}

export const clientVersion: ClientVersion = {
  Version: VERSION,
  DefaultAPIVersion: NEWEST_API_VERSION,
  GitCommit: GIT_COMMIT,
  GoVersion: `bun${Bun.version}`,
  Os: process.platform,
  Arch: process.arch === "x64" ? "amd64" : process.arch,
  BuildTime: readableTime(BUILD_TIME),
};

/** Formats an RFC 3339 time as "Thu May  7 21:09:36 2026"; any other text is returned unchanged. */
export function readableTime(text: string): string {
  const date = new Date(text);
  if (text === "" || Number.isNaN(date.getTime())) return text;
  const [weekday = "", day = "", month = "", year = "", time = ""] = date.toUTCString().replace(",", "").split(" ");
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`;
}
