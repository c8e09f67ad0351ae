// The top level of a Compose file, and its networks, volumes, configs and secrets.
import { isMapping, mapping, scalarText, type Value } from "../value.ts";
import { driverOptions, flag, pairs, text, textOrTexts, texts, wholeNumber } from "./kinds.ts";
import { always, input, kept, list, object, type Read, record, required, type Schema, union } from "./schema.ts";
import { services } from "./service.ts";

const NAMES = /^[a-zA-Z0-9._-]+$/;

const externalName = object({ name: text });

const external: Schema<boolean> = {
  check(value) {
    if (isMapping(value)) return externalName.check(value);
    const complaints = flag.check(value);
    return complaints.map((each) => ({ ...each, words: "must be a boolean, mapping or string" }));
  },
  read: (value, path, options) => (isMapping(value) ? true : flag.read(value, path, options)),
};

const addresses = record(text, { names: /^.+$/ });

const pool = object({ subnet: text, gateway: text, ip_range: text, aux_addresses: addresses });

const ipam = object({ driver: text, config: list(pool), options: record(text, { names: /^.+$/ }) });

export const network = object(
  {
    name: text,
    driver: text,
    driver_opts: driverOptions,
    ipam: always(ipam, mapping()),
    external,
    internal: flag,
    attachable: flag,
    labels: pairs,
    enable_ipv4: kept(flag),
    enable_ipv6: kept(flag),
  },
  { nullable: true },
);

export type NetworkAttributes = Read<typeof network>;

export const volume = object(
  { name: text, driver: text, driver_opts: driverOptions, external, labels: pairs },
  { nullable: true },
);

export type VolumeAttributes = Read<typeof volume>;

const fileObjectFields = {
  name: text,
  file: text,
  environment: text,
  content: text,
  external,
  labels: pairs,
  driver: text,
  driver_opts: driverOptions,
  template_driver: text,
};

export const config = object(fileObjectFields);

const { content: _content, ...secretFields } = fileObjectFields;

export const secret = object(secretFields);

export type ConfigAttributes = Read<typeof config>;
export type SecretAttributes = Read<typeof secret>;

const model = object({
  name: text,
  model: required(text),
  context_size: wholeNumber,
  runtime_flags: texts,
});

const includeFields = object({ path: textOrTexts, project_directory: text, env_file: textOrTexts });

export type Include = Read<typeof includeFields>;

export const include: Schema<Include> = union([text, includeFields], (value: Value, path, options) =>
  includeFields.read(isMapping(value) ? value : mapping([["path", scalarText(value)]]), path, options),
);

export const projectFile = object({
  version: input(text),
  name: text,
  include: input(list(include)),
  services: always(services, mapping()),
  networks: record(network, { names: NAMES, isClosed: false }),
  volumes: record(volume, { names: NAMES }),
  secrets: record(secret, { names: NAMES }),
  configs: record(config, { names: NAMES }),
  models: record(model, { names: NAMES, isClosed: false }),
});

/** The result of merging a set of Compose files. */
export type ProjectAttributes = Read<typeof projectFile>;
