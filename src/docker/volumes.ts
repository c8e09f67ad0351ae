// Volumes of the Docker API, to and from the engine's.
import type { CreateVolumeRequest, VolumeInspect } from "../api/volumes.ts";
import type { InspectedVolume, VolumeCreation, VolumeUsage } from "../engine/index.ts";

/** An unknown size. */
const SIZE_UNKNOWN = -1;

export function volumeCreationOf({ Name, Driver, DriverOpts, Labels }: CreateVolumeRequest): VolumeCreation {
  return { name: Name, driver: Driver, options: DriverOpts, labels: Labels };
}

export function dockerVolume({ name, created, driver, labels, options, directory }: InspectedVolume): VolumeInspect {
  return {
    CreatedAt: created.replace(/\.\d+Z$/, "Z"),
    Driver: driver,
    Labels: labels,
    Mountpoint: directory,
    Name: name,
    Options: options,
    Scope: "local",
  };
}

export function dockerVolumeUsage({ size = SIZE_UNKNOWN, containers, ...volume }: VolumeUsage): VolumeInspect {
  return { ...dockerVolume(volume), UsageData: { Size: size, RefCount: containers } };
}
