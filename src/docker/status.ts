// The text of the STATUS column. Source: HumanDuration of go-units, which Docker's daemon uses.
import { NEVER, parseTimestamp } from "../api/time.ts";
import type { ContainerState } from "../engine/index.ts";

const HOUR = 60;
const DAY = 24;

/** A span of time in Docker's words: "About a minute", "2 weeks". */
export function humanDuration(seconds: number): string {
  const whole = Math.floor(seconds);
  if (whole < 1) return "Less than a second";
  if (whole === 1) return "1 second";
  if (whole < 60) return `${whole} seconds`;
  const minutes = Math.floor(seconds / 60);
  if (minutes === 1) return "About a minute";
  if (minutes < HOUR) return `${minutes} minutes`;
  const hours = Math.round(seconds / 3600);
  if (hours === 1) return "About an hour";
  if (hours < DAY * 2) return `${hours} hours`;
  if (hours < DAY * 7 * 2) return `${Math.floor(hours / DAY)} days`;
  if (hours < DAY * 30 * 2) return `${Math.floor(hours / DAY / 7)} weeks`;
  if (hours < DAY * 365 * 2) return `${Math.floor(hours / DAY / 30)} months`;
  return `${Math.floor(hours / DAY / 365)} years`;
}

/** "Up 5 minutes (healthy)", "Exited (0) 2 hours ago", … @param now nanoseconds since 1970 */
export function statusText(state: ContainerState, now: bigint): string {
  const since = (time: string): string => humanDuration(Number(now - (parseTimestamp(time) ?? now)) / 1e9);
  switch (state.life.status) {
    case "paused":
      return `Up ${since(state.startedAt)} (Paused)`;
    case "running":
      return `Up ${since(state.startedAt)}${healthText(state)}`;
    case "restarting":
      return `Restarting (${state.exitCode}) ${since(state.finishedAt)} ago`;
    case "removing":
      return "Removal In Progress";
    case "created":
      return "Created";
    case "exited":
      return state.finishedAt === NEVER ? "Created" : `Exited (${state.exitCode}) ${since(state.finishedAt)} ago`;
  }
}

function healthText({ health }: ContainerState): string {
  if (!health || health.status === "none") return "";
  return health.status === "starting" ? " (health: starting)" : ` (${health.status})`;
}
