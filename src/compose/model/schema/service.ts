// The attributes of a service, in Compose's printing order.
import { isMapping, scalarText, type Value } from "../value.ts";
import { build, develop, fileReferences, hook, preStartHook, ulimits } from "./build.ts";
import { deploy, gpus } from "./deploy.ts";
import {
  anyOptions,
  bytes,
  command,
  duration,
  extraHosts,
  flag,
  integer,
  integerBetween,
  looseInteger,
  matching,
  nothing,
  nullableOptions,
  number,
  oneOf,
  optOut,
  pairs,
  strictFlag,
  text,
  textOrAnyTexts,
  textOrTexts,
  texts,
  textsOrNumbers,
  uniqueTexts,
  variables,
} from "./kinds.ts";
import { devices, networkAttachments, ports, serviceModels, volumeMounts } from "./mounts.ts";
import { always, input, kept, list, object, type Read, record, required, type Schema, union } from "./schema.ts";

const NAMES = /^[a-zA-Z0-9._-]+$/;

const deviceRate = object({ path: text, rate: bytes });
const deviceWeight = object({ path: text, weight: integer });

const blkioConfig = object({
  weight: integer,
  weight_device: list(deviceWeight),
  device_read_bps: list(deviceRate),
  device_read_iops: list(deviceRate),
  device_write_bps: list(deviceRate),
  device_write_iops: list(deviceRate),
});

const dependency = object({
  condition: required(oneOf("service_started", "service_healthy", "service_completed_successfully")),
  restart: flag,
  required: kept(strictFlag),
});

export type Dependency = Read<typeof dependency>;

const dependencies = record(dependency, { names: NAMES });

const dependsOn: Schema<Readonly<Record<string, Dependency>>> = union([uniqueTexts, dependencies], dependencies.read);

const environmentFile = object({ path: required(text), required: kept(optOut), format: text });

export type EnvironmentFile = Read<typeof environmentFile>;

const environmentFiles: Schema<readonly EnvironmentFile[]> = union(
  [text, list(union([text, environmentFile], environmentFile.read))],
  list(environmentFile).read,
);

const healthTest: Schema<readonly string[]> = union([text, texts], (value) =>
  Array.isArray(value) ? value.map(scalarText) : ["CMD-SHELL", scalarText(value)],
);

const healthcheck = object({
  test: healthTest,
  timeout: kept(duration),
  interval: kept(duration),
  retries: kept(looseInteger),
  start_period: kept(duration),
  start_interval: kept(duration),
  disable: flag,
});

export type Healthcheck = Read<typeof healthcheck>;

const multiOption: Schema<readonly string[]> = union(
  [{ check: (value) => (isMapping(value) ? [{ path: [], words: "", specificity: 0 }] : []) }],
  (value: Value) => (Array.isArray(value) ? value.map(scalarText) : [scalarText(value)]),
);

const provider = object({ type: required(text), options: record(multiOption) });

const extendsForm = union<unknown>([text, object({ service: required(text), file: text })], (value) => value);

const serviceFields = {
  profiles: uniqueTexts,
  annotations: pairs,
  attach: kept(flag),
  build: kept(build),
  develop: kept(develop),
  blkio_config: kept(blkioConfig),
  cap_add: uniqueTexts,
  cap_drop: uniqueTexts,
  cgroup_parent: text,
  cgroup: oneOf("host", "private"),
  cpu_count: integerBetween(0),
  cpu_percent: integerBetween(0, 100),
  cpu_period: looseInteger,
  cpu_quota: looseInteger,
  cpu_rt_period: looseInteger,
  cpu_rt_runtime: looseInteger,
  cpus: number,
  cpuset: text,
  cpu_shares: looseInteger,
  command: always(command, null),
  configs: fileReferences,
  container_name: matching(/[a-zA-Z0-9][a-zA-Z0-9_.-]+/),
  credential_spec: kept(object({ config: text, file: text, registry: text })),
  depends_on: dependsOn,
  deploy: kept(deploy),
  device_cgroup_rules: uniqueTexts,
  devices,
  dns: textOrTexts,
  dns_opt: uniqueTexts,
  dns_search: textOrTexts,
  domainname: text,
  entrypoint: always(command, null),
  provider: kept(provider),
  environment: variables,
  env_file: environmentFiles,
  expose: textsOrNumbers,
  extends: input(extendsForm),
  external_links: uniqueTexts,
  extra_hosts: extraHosts,
  group_add: textsOrNumbers,
  gpus,
  hostname: text,
  healthcheck: kept(healthcheck),
  image: text,
  init: kept(flag),
  ipc: text,
  isolation: text,
  labels: pairs,
  label_file: textOrAnyTexts,
  links: uniqueTexts,
  logging: kept(object({ driver: text, options: nullableOptions })),
  mem_limit: bytes,
  mem_reservation: bytes,
  memswap_limit: bytes,
  mem_swappiness: bytes,
  mac_address: text,
  models: serviceModels,
  network_mode: text,
  networks: networkAttachments,
  oom_kill_disable: flag,
  oom_score_adj: integerBetween(-1000, 1000),
  pid: union<string>([text, nothing], scalarText),
  pids_limit: looseInteger,
  platform: text,
  ports,
  privileged: flag,
  pull_policy: matching(/always|never|build|if_not_present|missing|refresh|daily|weekly|every_([0-9]+[wdhms])+/),
  pull_refresh_after: input(text),
  read_only: flag,
  restart: text,
  runtime: text,
  scale: kept(integer),
  secrets: fileReferences,
  security_opt: uniqueTexts,
  shm_size: bytes,
  stdin_open: flag,
  stop_grace_period: kept(duration),
  stop_signal: text,
  storage_opt: anyOptions,
  sysctls: pairs,
  tmpfs: textOrTexts,
  tty: flag,
  ulimits,
  use_api_socket: strictFlag,
  user: text,
  userns_mode: text,
  uts: text,
  volumes: volumeMounts,
  volumes_from: uniqueTexts,
  working_dir: text,
  pre_start: list(preStartHook),
  post_start: list(hook),
  pre_stop: list(hook),
};

export const service = object(serviceFields);

/** A service with all attributes in their long form. */
export type ServiceAttributes = Read<typeof service>;

export const services = record(service, { names: NAMES });

/** The same attributes in Compose's printing order, which hashes need. */
export function inPrintedOrder<S extends ServiceAttributes>(attributes: S): S;
export function inPrintedOrder(attributes: ServiceAttributes): unknown {
  const known = new Map<string, unknown>(Object.entries(attributes));
  const ordered = Object.keys(serviceFields).flatMap((name) => (known.has(name) ? [[name, known.get(name)]] : []));
  const others = [...known].filter(([name]) => !Object.hasOwn(serviceFields, name));
  return Object.fromEntries([...ordered, ...others]);
}
