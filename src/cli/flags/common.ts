// Flags that several commands share.
import type { Flag } from "./flag.ts";
import { integer, text, toggle } from "./kinds.ts";

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGKILL"] as const;

export const signalFlag = (): Flag<string> =>
  text("Signal to send to the container", { short: "s", complete: SIGNALS });

export const timeoutFlag = (): Flag<number | undefined> =>
  integer("Seconds to wait before killing the container", {
    short: "t",
    otherNames: { time: "use --timeout instead" },
  });

export const detachKeysFlag = (): Flag<string> => text("Override the key sequence for detaching a container");

export const forceFlag = (): Flag<boolean> => toggle("Do not prompt for confirmation", { short: "f" });

/** A Berth addition to every prune command. */
export const dryRunFlag = (): Flag<boolean> =>
  toggle("Show what would be removed without removing it", { addition: true });

/** Accepted as by Docker, but without effect: Docker Content Trust is retired. */
export const contentTrustFlag = (what: string): Flag<boolean> => toggle(`Skip image ${what}`, { initial: true });
