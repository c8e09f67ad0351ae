// What a new daemon does with a container that it finds, decided by its record and by whether its run continues.
import type { ContainerSpec, ContainerState } from "../record.ts";
import { startsWithDaemon } from "./restart-policy.ts";
import { type Ending, isActive, type Paused, type Running } from "./transitions.ts";

export type Recovery =
  /** The run continues; `stop` is one that an earlier daemon has begun. */
  | { type: "reattach"; run: Running | Paused; stop: Ending | undefined }
  /** The run has ended meanwhile; `next` is what an earlier daemon was about to do after it. */
  | { type: "recordExit"; next: { type: "remove"; volumes: boolean } | { type: "restart" } | undefined }
  | { type: "remove"; volumes: boolean }
  | { type: "restart" }
  | { type: "keep" };

/** @param isLive whether the recorded run continues */
export function recoveryOf({ hostConfig }: ContainerSpec, state: ContainerState, isLive: boolean): Recovery {
  const { life, stoppedByClient, exitCode } = state;
  if (isActive(life)) {
    const { ending } = life;
    if (isLive) return { type: "reattach", run: life, stop: ending?.reason === "signal" ? undefined : ending };
    return { type: "recordExit", next: afterExit(ending) };
  }
  switch (life.status) {
    case "removing":
      return { type: "remove", volumes: life.volumes };
    case "restarting":
      return { type: "restart" };
    case "exited":
      if (hostConfig.autoRemove) return { type: "remove", volumes: true };
      return { type: startsWithDaemon(hostConfig.restartPolicy, stoppedByClient, exitCode) ? "restart" : "keep" };
    case "created":
      return { type: "keep" };
  }
}

function afterExit(ending: Ending | undefined): Extract<Recovery, { type: "recordExit" }>["next"] {
  if (ending?.reason === "removal") return { type: "remove", volumes: ending.volumes };
  return ending?.reason === "restart" ? { type: "restart" } : undefined;
}
