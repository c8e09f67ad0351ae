// Docker's namespace modes: "", "host", "container:web", the name of a network.
import { BerthError } from "../api/errors.ts";
import type {
  IpcMode,
  JoinedContainer,
  NetworkMode,
  OwnOrHost,
  PidMode,
} from "../engine/containers/configuration/namespace-modes.ts";

const JOINED_PREFIX = "container:";

/** "" and "default" are the default bridge. @throws BerthError invalidParameter */
export function networkModeOf(mode: string): NetworkMode {
  if (mode === "host" || mode === "none") return mode;
  if (mode === "" || mode === "default") return { network: "bridge" };
  if (`${mode}:` === JOINED_PREFIX || mode === JOINED_PREFIX)
    refuse("invalid network mode: invalid container format container:<name|id>");
  return joinedBy(mode) ?? { network: mode };
}

/** @throws BerthError invalidParameter */
export function pidModeOf(mode: string): PidMode {
  if (mode === "") return "private";
  return mode === "host" ? mode : (joinedBy(mode) ?? refuse(`invalid PID mode: ${mode}`));
}

/** @throws BerthError invalidParameter */
export function ipcModeOf(mode: string): IpcMode {
  const known = (["none", "private", "shareable", "host"] as const).find((word) => word === mode);
  return known ?? joinedBy(mode) ?? refuse(`invalid IPC mode: ${mode}`);
}

/** @throws BerthError invalidParameter */
export function ownOrHostOf(mode: string, words: { own: string; what: string }): OwnOrHost {
  if (mode === words.own) return "private";
  return mode === "host" ? mode : refuse(`invalid ${words.what} mode: ${mode}`);
}

export function formatNetworkMode(mode: NetworkMode): string {
  if (typeof mode === "string") return mode;
  return "container" in mode ? `${JOINED_PREFIX}${mode.container}` : mode.network;
}

/** Docker writes a container's own PID namespace as "". */
export const formatPidMode = (mode: PidMode): string => (mode === "private" ? "" : formatJoined(mode));

export const formatJoined = <Word extends string>(mode: Word | JoinedContainer): string =>
  typeof mode === "string" ? mode : `${JOINED_PREFIX}${mode.container}`;

function joinedBy(mode: string): JoinedContainer | undefined {
  const container = mode.startsWith(JOINED_PREFIX) ? mode.slice(JOINED_PREFIX.length) : "";
  return container === "" ? undefined : { container };
}

function refuse(message: string): never {
  throw new BerthError("invalidParameter", message);
}
