// The `--filter` keys of each command: for completion and for `help filters`.

export interface FilterKey {
  key: string;
  /** Short description. */
  asks: string;
  /** The possible values, if there are few. */
  values?: readonly string[];
}

const label: FilterKey = { key: "label", asks: "has the label, or the label with that value (KEY or KEY=VALUE)" };
const withoutLabel: FilterKey = { key: "label!", asks: "has not the label, or not with that value" };
const older: FilterKey = { key: "until", asks: "made before then: a date and time, or how long ago (24h)" };
const dangling: FilterKey = { key: "dangling", asks: "nothing leads to it or uses it", values: ["true", "false"] };

export const filterKeys = {
  ps: [
    { key: "ancestor", asks: "made from that image" },
    { key: "before", asks: "made before that container" },
    { key: "since", asks: "made after that container" },
    { key: "exited", asks: "ended with that exit code" },
    {
      key: "health",
      asks: "its health check says so",
      values: ["healthy", "none", "starting", "unhealthy"],
    },
    { key: "expose", asks: "exposes the port (80, 80/udp, 8000-8010)" },
    { key: "publish", asks: "publishes the port" },
    { key: "id", asks: "the ID has that in it" },
    { key: "name", asks: "the name has that in it" },
    label,
    { key: "network", asks: "is on that network" },
    {
      key: "status",
      asks: "is in that state",
      values: ["created", "dead", "exited", "paused", "removing", "restarting", "running"],
    },
    { key: "volume", asks: "mounts that volume, or mounts something there" },
  ],
  images: [
    { ...dangling, asks: "has no name" },
    label,
    withoutLabel,
    { key: "before", asks: "made before that image" },
    { key: "since", asks: "made after that image" },
    { key: "reference", asks: "the name is like that, with * and ?" },
    older,
  ],
  "network ls": [
    { ...dangling, asks: "no container is on it" },
    { key: "driver", asks: "has that driver" },
    { key: "id", asks: "the ID has that in it" },
    label,
    { key: "name", asks: "the name has that in it" },
    { key: "scope", asks: "reaches that far", values: ["local"] },
    { key: "type", asks: "made by you, or there from the start", values: ["builtin", "custom"] },
  ],
  "volume ls": [
    { ...dangling, asks: "no container has it" },
    { key: "driver", asks: "has that driver", values: ["local"] },
    label,
    { key: "name", asks: "the name has that in it" },
  ],
  events: [
    { key: "type", asks: "about that kind of thing", values: ["container", "daemon", "image", "network", "volume"] },
    { key: "event", asks: "what happened (start, die, pull, ...)" },
    { key: "container", asks: "about that container" },
    { key: "image", asks: "about that image, or containers made from it" },
    { key: "network", asks: "about that network" },
    { key: "volume", asks: "about that volume" },
    label,
    { key: "daemon", asks: "from that engine" },
    { key: "scope", asks: "reaches that far", values: ["local"] },
  ],
  search: [
    { key: "is-official", asks: "Docker vouches for it", values: ["true", "false"] },
    { key: "is-automated", asks: "built by Docker Hub", values: ["true", "false"] },
    { key: "stars", asks: "has at least so many stars" },
  ],
  prune: [label, withoutLabel, older],
  "volume prune": [label, withoutLabel, { key: "all", asks: "also those with a name", values: ["true", "false"] }],
} as const satisfies Readonly<Record<string, readonly FilterKey[]>>;

/** Completion candidates for `--filter`: each key with "=", and whole filters when there are few values. */
export function filterChoices(of: keyof typeof filterKeys): string[] {
  const keys: readonly FilterKey[] = filterKeys[of];
  return keys.flatMap(({ key, values = [] }) => [`${key}=`, ...values.map((value) => `${key}=${value}`)]);
}
