// The engine presents itself as a single BuildKit worker.

import { hostPlatform } from "../../api/platforms.ts";
import { PRODUCT, VERSION } from "../../api/product.ts";

export interface WorkerFacts {
  /** The engine's ID. */
  id: string;
  /** The address of `host-gateway`. */
  hostGateway: string | undefined;
}

/** Shown to users. Clients that look for a BuildKit release find the product's own name instead of a false one. */
export const buildkitVersion = { package: PRODUCT.toLowerCase(), version: `v${VERSION}`, revision: "" };

const HOST_GATEWAY_LABEL = "org.mobyproject.buildkit.worker.moby.host-gateway-ip";

export function workerOf({ id, hostGateway }: WorkerFacts) {
  const labels: Record<string, string> = {};
  if (hostGateway !== undefined) labels[HOST_GATEWAY_LABEL] = hostGateway;
  return {
    ID: id,
    // Without a snapshotter label, clients do not use features that require the containerd image store.
    Labels: labels,
    platforms: [{ OS: hostPlatform.os, Architecture: hostPlatform.architecture, Variant: hostPlatform.variant ?? "" }],
    BuildkitVersion: buildkitVersion,
  };
}
