// The portable half of a container's configuration: what an image can say, too. Its other half is host-configuration.ts.
import * as v from "valibot";
import { configOptions } from "../../../api/container-options.ts";
import { optionFields } from "./option-fields.ts";

const text = v.optional(v.string());
const texts = v.optional(v.array(v.string()));
const integer = v.optional(v.number());
const flag = v.optional(v.boolean());

/** Durations are nanoseconds. */
const healthCheckSchema = v.object({
  /** [], ["NONE"], ["CMD", …], ["CMD-SHELL", line], ["TCP", …] or ["HTTP", …]; health/probes.ts reads it. */
  test: texts,
  interval: integer,
  timeout: integer,
  retries: integer,
  startPeriod: integer,
  startInterval: integer,
});
export type HealthCheck = v.InferOutput<typeof healthCheckSchema>;

export const containerConfigurationSchema = v.object({
  ...optionFields(configOptions),
  hostname: v.string(),
  domainname: v.string(),
  /** "name", "uid" or "name:group"; "" is root. */
  user: v.string(),
  workingDir: v.string(),
  tty: v.boolean(),
  attachStdin: v.boolean(),
  attachStdout: v.boolean(),
  attachStderr: v.boolean(),
  openStdin: v.boolean(),
  stdinOnce: v.boolean(),
  /** The reference the client named, as typed. */
  image: text,
  entrypoint: texts,
  cmd: texts,
  /** Each "name=value". */
  env: texts,
  labels: v.record(v.string(), v.string()),
  /** Each "80/tcp". */
  exposedPorts: v.array(v.string()),
  /** Paths in the container. */
  volumes: v.array(v.string()),
  healthCheck: v.optional(healthCheckSchema),
  shell: texts,
  onBuild: texts,
  networkDisabled: flag,
  /** On the container's first network. */
  macAddress: text,
  /** Windows' and without effect. */
  argsEscaped: flag,
});

/** What a container has, with all defaults. */
export type ContainerConfiguration = v.InferOutput<typeof containerConfigurationSchema>;

/** What a client or an image says of it. */
export type PartialConfiguration = Partial<ContainerConfiguration>;
