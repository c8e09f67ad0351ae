// Why a client's request cannot be carried out in a container's present state, in Docker's words.
import { BerthError } from "../../../api/errors.ts";
import { isActive, type Life } from "./transitions.ts";

/** The reason not to start it; undefined where there is none. */
export function startRefusal(id: string, { status }: Life): BerthError | undefined {
  switch (status) {
    case "running":
      return new BerthError("notModified", `container ${id} is already running`);
    case "paused":
      return new BerthError("conflict", "cannot start a paused container, try unpause instead");
    case "removing":
      return new BerthError("conflict", "container is marked for removal and cannot be started");
    default:
      return undefined;
  }
}

/** A container that waits for its restart has no run to stop, either: that wait is cancelled first. */
export function stopRefusal(id: string, life: Life): BerthError | undefined {
  return isActive(life) ? undefined : new BerthError("notModified", `container ${id} is already stopped`);
}

export function killRefusal(id: string, life: Life): BerthError | undefined {
  return isActive(life) ? undefined : new BerthError("conflict", `container ${id} is not running`);
}
