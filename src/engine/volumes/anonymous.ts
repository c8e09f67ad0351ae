// Volumes that nobody gave a name: made for one container, and what `volume prune` takes unasked.
import { randomBytes } from "node:crypto";
import type { CreateVolumeRequest } from "../../api/volumes.ts";

const ANONYMOUS_LABEL = "com.docker.volume.anonymous";

/** The request with a name nobody else has, and the label that tells such volumes. */
export function anonymousVolume(request: CreateVolumeRequest): CreateVolumeRequest {
  return {
    ...request,
    Name: randomBytes(32).toString("hex"),
    Labels: { ...request.Labels, [ANONYMOUS_LABEL]: "" },
  };
}

export function isAnonymous({ labels }: { labels: Readonly<Record<string, string>> | null }): boolean {
  return labels !== null && ANONYMOUS_LABEL in labels;
}
