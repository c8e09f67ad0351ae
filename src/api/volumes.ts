// API types of volumes.
import * as v from "valibot";
import { labels } from "./fields.ts";

export const createVolumeSchema = v.object({
  Name: v.optional(v.string()),
  Driver: v.optional(v.string()),
  DriverOpts: labels,
  Labels: labels,
});
export type CreateVolumeRequest = v.InferOutput<typeof createVolumeSchema>;

export interface VolumeInspect {
  CreatedAt: string;
  Driver: string;
  Labels: Record<string, string> | null;
  Mountpoint: string;
  Name: string;
  Options: Record<string, string> | null;
  Scope: string;
  /** Only in `system df`; bytes, -1 when unknown. */
  UsageData?: { Size: number; RefCount: number };
}

export interface ListVolumesAnswer {
  Volumes: VolumeInspect[];
  Warnings: string[] | null;
}

export interface PruneVolumesAnswer {
  VolumesDeleted: string[] | null;
  SpaceReclaimed: number;
}
