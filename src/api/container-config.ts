// Docker's `Config`: the portable half of a container's configuration on the wire, and what images have.
// Source of the latter: OCI image specification, "Image Configuration".
import * as v from "valibot";
import { configOptions } from "./container-options.ts";
import { flag, integer, labels, text, texts, words } from "./fields.ts";
import { fieldSchemas } from "./option-schemas.ts";

/**
 * Durations are nanoseconds. `Test` is [], ["NONE"], ["CMD", …] or ["CMD-SHELL", line]; Berth's additions, which start
 * no process in the container, are ["TCP", "[host:]port"] and ["HTTP", "http://host[:port]/path"].
 */
export const healthConfigSchema = v.object({
  Test: texts,
  Interval: integer,
  Timeout: integer,
  Retries: integer,
  StartPeriod: integer,
  StartInterval: integer,
});
export type HealthConfig = v.InferOutput<typeof healthConfigSchema>;

/** The portable half of a container's configuration; also the `Config` of an image. */
export const containerConfigSchema = v.object({
  ...fieldSchemas(configOptions),
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  ExposedPorts: v.optional(v.record(v.string(), v.object({}))),
  OpenStdin: flag,
  StdinOnce: flag,
  Env: texts,
  Cmd: words,
  Healthcheck: v.optional(healthConfigSchema),
  ArgsEscaped: flag,
  Image: text,
  Volumes: v.optional(v.record(v.string(), v.object({}))),
  Entrypoint: words,
  NetworkDisabled: flag,
  MacAddress: text,
  OnBuild: texts,
  Labels: labels,
  Shell: words,
});
export type ContainerConfig = v.InferOutput<typeof containerConfigSchema>;
