// `wait`: what a client waits for, and what it is told when that has come.
import type { WaitAnswer, WaitCondition } from "../../../api/containers.ts";
import { BerthError } from "../../../api/errors.ts";
import type { Events } from "../../events.ts";
import type { Container, Exit } from "../container.ts";
import { hasHealthCheck } from "../health/probes.ts";

/** @throws BerthError conflict for `healthy` where nothing checks the health. */
export async function waitFor(container: Container, condition: WaitCondition, events: Events): Promise<WaitAnswer> {
  return { StatusCode: (await exitAt(container, condition, events)).code };
}

function exitAt(container: Container, condition: WaitCondition, events: Events): Promise<Exit> {
  switch (condition) {
    case "removed":
      return container.removed();
    case "next-exit":
      return container.nextExit();
    case "healthy":
      return healthyOrEnded(container, events);
    case "not-running":
      return isLying(container) ? Promise.resolve(container.lastExit()) : container.nextExit();
  }
}

const isLying = ({ isRunning, state }: Container): boolean => !isRunning && state.life.status !== "restarting";

/** Berth's own condition: 0 once it is healthy, 1 when it turns unhealthy or ends before. */
async function healthyOrEnded(container: Container, events: Events): Promise<Exit> {
  if (!hasHealthCheck(container.spec.config.Healthcheck)) {
    throw new BerthError("conflict", `container ${container.id} has no health check`);
  }
  if (container.isRunning && container.state.health?.status === "healthy") return { code: 0 };
  const { promise, resolve } = Promise.withResolvers<Exit>();
  const unsubscribe = events.subscribe(({ id, action }) => {
    if (id !== container.id) return;
    if (action === "health_status: healthy") resolve({ code: 0 });
    if (["health_status: unhealthy", "die", "destroy"].includes(action)) resolve({ code: 1 });
  });
  return promise.finally(unsubscribe);
}
