// What this program says about itself in `version` and `info`.
import { VERSION } from "../api/product.ts";
import { NEWEST_API_VERSION } from "../client/connection.ts";

/** In the fields of Docker's client; what runs the program stands where Docker names its version of Go. */
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
  GitCommit: "",
  GoVersion: `bun${Bun.version}`,
  Os: process.platform,
  Arch: process.arch === "x64" ? "amd64" : process.arch,
  BuildTime: "",
};
