// Whether a container's state is good news, in one word that is also a class of the page's theme.

export type Tone = "good" | "warn" | "bad" | "quiet";

/** Exit codes of a container that was stopped: by nothing, SIGKILL or SIGTERM. */
const EXPECTED_EXIT = /^Exited \((?:0|137|143)\)/;

/** @param status Docker's words, such as "Up 3 minutes (unhealthy)"; "" when unknown */
export function toneOf(state: string, status: string): Tone {
  switch (state) {
    case "running":
      if (status.includes("(unhealthy)")) return "bad";
      return status.includes("(health: starting)") ? "warn" : "good";
    case "paused":
    case "restarting":
    case "removing":
      return "warn";
    case "dead":
      return "bad";
    default:
      return status.startsWith("Exited") && !EXPECTED_EXIT.test(status) ? "bad" : "quiet";
  }
}
