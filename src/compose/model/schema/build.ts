// The `build` and `develop` attributes of a service.
import { isMapping, mapping, scalarText, type Value } from "../value.ts";
import {
  bytes,
  command,
  extraHosts,
  fileMode,
  flag,
  integer,
  oneOf,
  pairs,
  strictFlag,
  text,
  textOrFlag,
  textOrTexts,
  texts,
  variables,
} from "./kinds.ts";
import { always, kept, list, object, type Read, record, required, type Schema, union } from "./schema.ts";

/** Separate soft and hard limits, or one value for both. */
export interface Ulimit {
  readonly soft?: number;
  readonly hard?: number;
}

const ulimitBounds = object({ soft: required(kept(integer)), hard: required(kept(integer)) });

const ulimit: Schema<number | Ulimit> = union([integer, ulimitBounds], (value, path, options) =>
  isMapping(value) ? ulimitBounds.read(value, path, options) : integer.read(value, path, options),
);

export const ulimits = record(ulimit, { names: /^[a-z]+$/, isClosed: false });

const fileReferenceFields = object({ source: text, target: text, uid: text, gid: text, mode: kept(fileMode) });

/** A config or secret granted to a service or a build. */
export type FileReference = Read<typeof fileReferenceFields>;

export const fileReferences: Schema<readonly FileReference[]> = list(
  union([text, fileReferenceFields], (value, path, options) =>
    fileReferenceFields.read(isMapping(value) ? value : mapping([["source", value]]), path, options),
  ),
);

/** "id" or "id=path" for each key. */
const ssh: Schema<readonly string[]> = {
  check: variables.check,
  read(value, path, options) {
    return Object.entries(variables.read(value, path, options)).map(([id, key]) =>
      key === null ? id : `${id}=${key}`,
    );
  },
};

export const buildFields = object({
  context: text,
  dockerfile: text,
  dockerfile_inline: text,
  entitlements: texts,
  args: variables,
  provenance: textOrFlag,
  sbom: textOrFlag,
  ssh,
  labels: pairs,
  cache_from: texts,
  cache_to: texts,
  no_cache: flag,
  no_cache_filter: textOrTexts,
  additional_contexts: pairs,
  pull: flag,
  extra_hosts: extraHosts,
  isolation: text,
  network: text,
  target: text,
  secrets: fileReferences,
  shm_size: bytes,
  tags: texts,
  ulimits,
  platforms: texts,
  privileged: flag,
});

export type Build = Read<typeof buildFields>;

export const build: Schema<Build> = union([text, buildFields], (value, path, options) => {
  const whole: Value = isMapping(value) ? value : mapping([["context", scalarText(value)]]);
  return buildFields.read(whole, path, options);
});

export const hook = object({
  command: required(always(command, null)),
  user: text,
  privileged: flag,
  working_dir: text,
  environment: variables,
});

export type Hook = Read<typeof hook>;

export const preStartHook = object({
  command: always(command, null),
  image: text,
  user: text,
  privileged: flag,
  working_dir: text,
  environment: variables,
  per_replica: flag,
});

const watchHook = object({
  command: always(command, null),
  user: text,
  privileged: flag,
  working_dir: text,
  environment: variables,
});

const trigger = object({
  path: required(kept(text)),
  action: required(oneOf("rebuild", "sync", "restart", "sync+restart", "sync+exec")),
  target: text,
  exec: always(watchHook, mapping()),
  include: textOrTexts,
  ignore: textOrTexts,
  initial_sync: strictFlag,
});

export type Trigger = Read<typeof trigger>;

export const develop = object({ watch: list(trigger) }, { nullable: true });
