// `wait`: waits for a condition and answers with the exit code.
import { BerthError } from "../../../api/errors.ts";
import type { WaitCondition } from "../../../api/waiting.ts";
import type { Events } from "../../events.ts";
import type { Container, Exit } from "../container.ts";
import { hasHealthCheck } from "../health/probes.ts";

/**
 * @param signal aborted when the client disconnects
 * @throws BerthError conflict for `healthy` when the container has no health check
 */
export function waitFor(
  container: Container,
  condition: WaitCondition,
  events: Events,
  signal: AbortSignal,
): Promise<number> {
  if (condition === "healthy" && !hasHealthCheck(container.spec.config.healthCheck)) {
    throw new BerthError("conflict", `container ${container.id} has no health check`);
  }
  return exitAt(container, condition, events, signal).then(({ code }) => code);
}

function exitAt(container: Container, condition: WaitCondition, events: Events, signal: AbortSignal): Promise<Exit> {
  switch (condition) {
    case "removed":
      return container.removed(signal);
    case "next-exit":
      return container.nextExit(signal);
    case "healthy":
      return healthyOrEnded(container, events, signal);
    case "not-running":
      return isIdle(container) ? Promise.resolve(container.lastExit()) : container.nextExit(signal);
  }
}

const isIdle = ({ isRunning, state }: Container): boolean => !isRunning && state.life.status !== "restarting";

/** Berth's own condition: 0 once it is healthy, 1 when it becomes unhealthy or ends before. */
async function healthyOrEnded(container: Container, events: Events, signal: AbortSignal): Promise<Exit> {
  if (container.isRunning && container.state.health?.status === "healthy") return { code: 0 };
  const { promise, resolve } = Promise.withResolvers<Exit>();
  const unsubscribe = events.subscribe(({ id, action }) => {
    if (id !== container.id) return;
    if (action === "health_status: healthy") resolve({ code: 0 });
    if (["health_status: unhealthy", "die", "destroy"].includes(action)) resolve({ code: 1 });
  });
  signal.addEventListener("abort", unsubscribe, { once: true });
  return promise.finally(unsubscribe);
}
