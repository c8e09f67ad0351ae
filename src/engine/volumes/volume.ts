// A volume as front ends ask for it and are told of it.
import type { VolumeRecord } from "./volume-store.ts";

/** What a client asks for; without a name the volume is anonymous. */
export interface VolumeCreation {
  name?: string | undefined;
  driver?: string | undefined;
  options?: Record<string, string> | undefined;
  labels?: Record<string, string> | undefined;
}

/** A volume as clients are shown it. */
export interface InspectedVolume extends VolumeRecord {
  driver: string;
  /** The directory with its content. */
  directory: string;
}

export interface VolumeUsage extends InspectedVolume {
  /** Bytes; undefined if unknown. */
  size: number | undefined;
  /** How many containers mount it. */
  containers: number;
}
