// Anonymous volumes: created for one container, and removed by `volume prune` without `all`.
import { randomBytes } from "node:crypto";
import type { VolumeCreation } from "./volume.ts";

const ANONYMOUS_LABEL = "com.docker.volume.anonymous";

/** The request with a random name and the label of anonymous volumes. */
export function anonymousVolume(request: Omit<VolumeCreation, "name">): VolumeCreation & { name: string } {
  return {
    ...request,
    name: randomBytes(32).toString("hex"),
    labels: { ...request.labels, [ANONYMOUS_LABEL]: "" },
  };
}

export function isAnonymous({ labels }: { labels: Readonly<Record<string, string>> | null }): boolean {
  return labels !== null && ANONYMOUS_LABEL in labels;
}
