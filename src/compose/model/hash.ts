// Configuration hashes identical to Compose's, so that each tool recognizes what the other has started: SHA-256 of the
// JSON that Go would write.
import { createHash } from "node:crypto";
import type { Service } from "./project.ts";
import type { NetworkAttributes, VolumeAttributes } from "./schema/project.ts";

/** JSON with Go's additional escapes. */
export function goJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const sha256 = (value: unknown): string => createHash("sha256").update(goJson(value)).digest("hex");

/** These fields have no JSON names in Go, which then prints the field names. */
function goDevices(devices: readonly Readonly<Record<string, unknown>>[] | undefined): unknown {
  return devices?.map((device) =>
    Object.fromEntries(
      Object.entries(device).map(([key, value]) => [key.charAt(0).toUpperCase() + key.slice(1), value]),
    ),
  );
}

function goBlkio(config: NonNullable<Service["blkio_config"]>): unknown {
  return {
    weight: config.weight,
    weight_device: goDevices(config.weight_device),
    device_read_bps: goDevices(config.device_read_bps),
    device_read_iops: goDevices(config.device_read_iops),
    device_write_bps: goDevices(config.device_write_bps),
    device_write_iops: goDevices(config.device_write_iops),
  };
}

/** The hash that decides whether a container of the service is up to date. */
export function serviceHash(service: Service): string {
  const { deploy, blkio_config: blkio } = service;
  return sha256({
    ...service,
    name: undefined,
    profiles: undefined,
    build: undefined,
    pull_policy: undefined,
    scale: undefined,
    depends_on: undefined,
    deploy: deploy && { ...deploy, replicas: undefined },
    blkio_config: blkio && goBlkio(blkio),
  });
}

export function networkHash(network: NetworkAttributes): string {
  return sha256(network);
}

export function volumeHash({ name, driver = "local", ...rest }: VolumeAttributes): string {
  return sha256({ name, driver, ...rest });
}
