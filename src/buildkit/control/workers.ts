// The one worker there is: what this engine tells clients of itself.

import { hostPlatform } from "../../api/platforms.ts";
import { PRODUCT, VERSION } from "../../api/product.ts";

export interface WorkerFacts {
  /** The engine's own. */
  id: string;
  /** What `host-gateway` stands for. */
  hostGateway: string | undefined;
}

/** Clients show it; those that look for a release of BuildKit's find the product's own name instead of a false one. */
export const buildkitVersion = { package: PRODUCT.toLowerCase(), version: `v${VERSION}`, revision: "" };

const HOST_GATEWAY_LABEL = "org.mobyproject.buildkit.worker.moby.host-gateway-ip";

export function workerOf({ id, hostGateway }: WorkerFacts) {
  const labels: Record<string, string> = {};
  if (hostGateway !== undefined) labels[HOST_GATEWAY_LABEL] = hostGateway;
  return {
    ID: id,
    // Without a label for the snapshotter clients refuse by themselves what only a containerd store can do.
    Labels: labels,
    platforms: [{ OS: hostPlatform.os, Architecture: hostPlatform.architecture, Variant: hostPlatform.variant ?? "" }],
    BuildkitVersion: buildkitVersion,
  };
}
