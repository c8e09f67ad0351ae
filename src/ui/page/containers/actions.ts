// Container actions, each with its request.
import { post, remove } from "../engine/requests.ts";

export const lifeActions = ["start", "stop", "restart", "pause", "unpause", "kill"] as const;
export type LifeAction = (typeof lifeActions)[number];

export function act(action: LifeAction, id: string): Promise<unknown> {
  return post(`/containers/${encodeURIComponent(id)}/${action}`);
}

export function removeContainer(id: string, options: { force: boolean; volumes: boolean }): Promise<void> {
  return remove(`/containers/${encodeURIComponent(id)}`, { force: options.force, v: options.volumes });
}

/** The actions available for a container in this state. */
export function actionsFor(state: string): readonly LifeAction[] {
  switch (state) {
    case "running":
      return ["stop", "restart", "pause", "kill"];
    case "paused":
      return ["unpause", "stop", "kill"];
    case "restarting":
      return ["stop", "kill"];
    default:
      return ["start"];
  }
}

export const actionIcons = {
  start: "play",
  unpause: "play",
  stop: "stop",
  kill: "close",
  pause: "pause",
  restart: "restart",
} as const satisfies Record<LifeAction, string>;
