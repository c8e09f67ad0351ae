// Attributes of a service for resources it accesses: ports, volumes, networks, devices.
import { longPorts } from "../port-syntax.ts";
import { isMapping, scalarText, type Value } from "../value.ts";
import { longVolume } from "../volume-syntax.ts";
import {
  bytes,
  driverOptions,
  flag,
  integer,
  integerFrom,
  nothing,
  number,
  oneOf,
  optOut,
  pairs,
  plainNumber,
  text,
  textOrInteger,
  uniqueTexts,
} from "./kinds.ts";
import { kept, list, object, type Read, record, required, type Schema, union } from "./schema.ts";

const portFields = object({
  name: text,
  mode: text,
  host_ip: text,
  target: integer,
  published: textOrInteger,
  protocol: text,
  app_protocol: text,
});

export type Port = Read<typeof portFields>;

const portForms: Schema<Port> = union([plainNumber, text, portFields], portFields.read);

export const ports: Schema<readonly Port[]> = {
  check: list(portForms, { isUnique: true }).check,
  read(value, path, options) {
    const entries = Array.isArray(value) ? value : [];
    const long = entries.flatMap((entry): Value[] => (isMapping(entry) ? [entry] : longPorts(scalarText(entry))));
    return list(portFields).read(long, path, options);
  },
};

const size = union([integerFrom(0), text], bytes.read);

const volumeFields = object({
  type: required(oneOf("bind", "volume", "tmpfs", "cluster", "npipe", "image")),
  source: text,
  target: text,
  read_only: flag,
  consistency: text,
  bind: kept(
    object({
      selinux: oneOf("z", "Z"),
      propagation: text,
      create_host_path: kept(optOut),
      recursive: oneOf("enabled", "disabled", "writable", "readonly"),
    }),
  ),
  volume: kept(object({ labels: pairs, nocopy: flag, subpath: text })),
  tmpfs: kept(object({ size, mode: integer })),
  image: kept(object({ subpath: text })),
});

export type VolumeMount = Read<typeof volumeFields>;

const volumeMount: Schema<VolumeMount> = union([text, volumeFields], (value, path, options) =>
  volumeFields.read(isMapping(value) ? value : longVolume(scalarText(value)), path, options),
);

export const volumeMounts = list(volumeMount, { isUnique: true });

const deviceFields = object({ source: required(text), target: text, permissions: text });

export type Device = Read<typeof deviceFields>;

/** Short forms are already expanded when devices are read. */
export const devices: Schema<readonly Device[]> = list(union([text, deviceFields], deviceFields.read));

const networkFields = object({
  aliases: uniqueTexts,
  driver_opts: driverOptions,
  gw_priority: number,
  interface_name: text,
  ipv4_address: text,
  ipv6_address: text,
  link_local_ips: uniqueTexts,
  mac_address: text,
  priority: number,
});

export type NetworkAttachment = Read<typeof networkFields>;

const attachments = record(
  union<NetworkAttachment | null>([networkFields, nothing], (value, path, options) =>
    value === null ? null : networkFields.read(value, path, options),
  ),
  { names: /^[a-zA-Z0-9._-]+$/ },
);

export const networkAttachments: Schema<Readonly<Record<string, NetworkAttachment | null>>> = union(
  [uniqueTexts, attachments],
  attachments.read,
);

const modelFields = object({ endpoint_var: text, model_var: text });

const modelBindings = record(
  union<Read<typeof modelFields> | null>([modelFields, nothing], (value, path, options) =>
    value === null ? null : modelFields.read(value, path, options),
  ),
);

export const serviceModels = union([uniqueTexts, modelBindings], modelBindings.read);
