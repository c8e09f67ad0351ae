// The path of a container's log.
import type { ContainerPaths } from "../container.ts";
import type { ContainerSpec } from "../record.ts";
import { logDriver } from "./drivers.ts";

interface LogOwner {
  spec: ContainerSpec;
  paths: ContainerPaths;
}

/** The log file, with rotated ones next to it; undefined when the driver stores none. */
export function livePathOf({ spec, paths }: LogOwner): string | undefined {
  switch (logDriver(spec.hostConfig.log.driver).storage) {
    case "monitor":
      return paths.log;
    case "json-file":
      return paths.jsonLog;
    case "none":
      return undefined;
  }
}

/** The `LogPath` for other programs: set only for the driver json-file, empty for others. */
export function externalPathOf(owner: LogOwner): string {
  const path = livePathOf(owner);
  return path === owner.paths.jsonLog ? path : "";
}
