// The `deploy` attribute of a service, and the devices that it and `gpus` reserve.
import { ComposeError } from "../compose-error.ts";
import { mapping, scalarText } from "../value.ts";
import { duration, integer, looseInteger, number, oneOf, pairs, text, textBytes, texts, uniqueTexts } from "./kinds.ts";
import { always, kept, list, object, type Read, required, type Schema, union } from "./schema.ts";

/** Device count; -1 is all. */
const deviceCount: Schema<number> = union([integer], (value, path) => {
  if (typeof value === "number") return value;
  const written = scalarText(value);
  if (written.toLowerCase() === "all") return -1;
  if (/^-?\d+$/.test(written)) return Number(written);
  const words = `invalid value ${JSON.stringify(written)}, the only value allowed is 'all' or a number`;
  throw new ComposeError(`${path.join(".")}: ${words}`, path);
});

const deviceFields = {
  capabilities: uniqueTexts,
  driver: text,
  count: deviceCount,
  device_ids: uniqueTexts,
  options: pairs,
};

const deviceRequest = object({ ...deviceFields, capabilities: required(uniqueTexts) });

export type DeviceRequest = Read<typeof deviceRequest>;

export const gpus: Schema<readonly DeviceRequest[]> = union(
  [oneOf("all"), list(object(deviceFields))],
  (value, path, options) =>
    value === "all"
      ? [deviceRequest.read(mapping([["count", "all"]]), path, options)]
      : list(deviceRequest).read(value, path, options),
);

const genericResource = object({ discrete_resource_spec: object({ kind: text, value: looseInteger }) });

const updateConfig = object({
  parallelism: kept(integer),
  delay: duration,
  failure_action: text,
  monitor: duration,
  max_failure_ratio: number,
  order: oneOf("start-first", "stop-first"),
});

const resources = object({
  limits: kept(object({ cpus: number, memory: textBytes, pids: integer })),
  reservations: kept(
    object({
      cpus: number,
      memory: textBytes,
      devices: list(deviceRequest),
      generic_resources: list(genericResource),
    }),
  ),
});

const placement = object({
  constraints: texts,
  preferences: list(object({ spread: text })),
  max_replicas_per_node: integer,
});

export const deploy = object(
  {
    mode: text,
    replicas: kept(integer),
    labels: pairs,
    update_config: kept(updateConfig),
    rollback_config: kept(updateConfig),
    resources: always(resources, mapping()),
    restart_policy: kept(
      object({ condition: text, delay: kept(duration), max_attempts: kept(integer), window: kept(duration) }),
    ),
    placement: always(placement, mapping()),
    endpoint_mode: text,
  },
  { nullable: true },
);
