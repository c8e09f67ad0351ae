// Pruning and reporting per object type.
import type { PruneBuildCacheOptions } from "../client/index.ts";
import { deletedText, type Pruner } from "./prune.ts";

export const containerPruner: Pruner = {
  kind: "container",
  columns: ["ID", "NAME", "SIZE"],
  async prune(berth, filters) {
    const { ContainersDeleted, SpaceReclaimed } = await berth.containers.prune(filters);
    return { text: deletedText("Deleted Containers:", ContainersDeleted ?? []), reclaimed: SpaceReclaimed };
  },
  plan: (berth, filters) => berth.containers.planPrune(filters),
};

export const imagePruner: Pruner = {
  kind: "image",
  columns: ["ID", "NAME", "SIZE"],
  async prune(berth, filters) {
    const { ImagesDeleted, SpaceReclaimed } = await berth.images.prune(filters);
    const lines = (ImagesDeleted ?? []).map(({ Untagged, Deleted }) =>
      Untagged ? `untagged: ${Untagged}` : `deleted: ${Deleted}`,
    );
    return { text: deletedText("Deleted Images:", lines), reclaimed: SpaceReclaimed };
  },
  plan: (berth, filters) => berth.images.planPrune(filters),
};

export const networkPruner: Pruner = {
  kind: "network",
  columns: ["ID", "NAME"],
  async prune(berth, filters) {
    const { NetworksDeleted } = await berth.networks.prune(filters);
    return { text: deletedText("Deleted Networks:", NetworksDeleted ?? []), reclaimed: undefined };
  },
  plan: (berth, filters) => berth.networks.planPrune(filters),
};

export const volumePruner: Pruner = {
  kind: "volume",
  columns: ["NAME", "SIZE"],
  async prune(berth, filters) {
    const { VolumesDeleted, SpaceReclaimed } = await berth.volumes.prune(filters);
    return { text: deletedText("Deleted Volumes:", VolumesDeleted ?? []), reclaimed: SpaceReclaimed };
  },
  plan: (berth, filters) => berth.volumes.planPrune(filters),
};

export function buildCachePruner(options: Omit<PruneBuildCacheOptions, "filters">): Pruner {
  return {
    kind: "build cache object",
    columns: ["ID", "NAME", "SIZE"],
    async prune(berth, filters) {
      const { CachesDeleted, SpaceReclaimed } = await berth.images.pruneBuildCache({ ...options, filters });
      return { text: deletedText("Deleted build cache objects:", CachesDeleted ?? []), reclaimed: SpaceReclaimed };
    },
    plan: (berth, filters) => berth.images.planPruneBuildCache({ ...options, filters }),
  };
}
