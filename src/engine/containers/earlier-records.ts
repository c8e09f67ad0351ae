// Records that earlier Berths wrote, in the form of the current version. Version 1 had no version number, and processes
// without their start times; up to version 2 the configuration was in Docker's form, and up to version 3 so were published
// ports, mounts and the results of health probes.
import * as v from "valibot";
import { containerConfigSchema } from "../../api/container-config.ts";
import { portMapSchema } from "../../api/container-networks.ts";
import { hostConfigSchema } from "../../api/host-configuration.ts";
import { configurationOf } from "../../docker/container-config.ts";
import { hostRequestOf } from "../../docker/host-configuration.ts";
import { publishedPortsOf } from "../../docker/port-bindings.ts";
import { identifyProcess } from "../../linux/process.ts";

const MEBIBYTE = 1024 * 1024;

/** Set in every record; defaults replace fields that the first versions may have omitted. */
const CONFIGURATION_DEFAULTS = {
  hostname: "",
  domainname: "",
  user: "",
  workingDir: "",
  tty: false,
  attachStdin: false,
  attachStdout: false,
  attachStderr: false,
  openStdin: false,
  stdinOnce: false,
  labels: {},
  exposedPorts: [],
  volumes: [],
};

const HOST_DEFAULTS = {
  networkMode: { network: "bridge" },
  ipcMode: "private",
  pidMode: "private",
  utsMode: "private",
  usernsMode: "private",
  cgroupnsMode: "private",
  restartPolicy: { condition: "no" },
  runtime: "crun",
  shmSize: 64 * MEBIBYTE,
} as const;

/**
 * The spec of version 2 or 1 with the configuration in the engine's form.
 * @throws BerthError invalidParameter for values that are not Docker's
 */
export function specOfVersion2(document: unknown): unknown {
  const old = v.safeParse(v.looseObject({ config: containerConfigSchema, hostConfig: hostConfigSchema }), document);
  if (!old.success) return document;
  const { log, ...asked } = hostRequestOf(old.output.hostConfig);
  const said = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  const hostConfig = {
    ...HOST_DEFAULTS,
    ...said,
    log: { driver: log?.driver ?? "json-file", options: log?.options ?? {} },
  };
  return { ...old.output, config: { ...CONFIGURATION_DEFAULTS, ...configurationOf(old.output.config) }, hostConfig };
}

const specOfVersion3Schema = v.looseObject({
  hostConfig: v.looseObject({ portBindings: v.optional(portMapSchema) }),
  mountPoints: v.array(
    v.looseObject({
      Type: v.string(),
      Name: v.optional(v.string()),
      Source: v.string(),
      Destination: v.string(),
      Driver: v.optional(v.string()),
      Mode: v.string(),
      RW: v.boolean(),
      Propagation: v.string(),
    }),
  ),
});

/** The spec of version 3 with ports and mounts in the engine's form. @throws BerthError invalidParameter for a port */
export function specOfVersion3(document: unknown): unknown {
  const old = v.safeParse(specOfVersion3Schema, document);
  if (!old.success) return document;
  const { portBindings, ...hostConfig } = old.output.hostConfig;
  return {
    ...old.output,
    hostConfig: portBindings ? { ...hostConfig, ports: publishedPortsOf(portBindings) } : hostConfig,
    mountPoints: old.output.mountPoints.map((mount) => ({
      type: mount.Type,
      name: mount.Name,
      source: mount.Source,
      destination: mount.Destination,
      driver: mount.Driver,
      mode: mount.Mode,
      readOnly: !mount.RW,
      propagation: mount.Propagation,
    })),
  };
}

const stateOfVersion3Schema = v.looseObject({
  health: v.looseObject({
    log: v.array(v.object({ Start: v.string(), End: v.string(), ExitCode: v.number(), Output: v.string() })),
  }),
});

/** The state of version 3 with the results of probes in the engine's form. */
export function stateOfVersion3(document: unknown): unknown {
  const old = v.safeParse(stateOfVersion3Schema, document);
  if (!old.success) return document;
  const { health } = old.output;
  const log = health.log.map(({ Start, End, ExitCode, Output }) => ({
    start: Start,
    end: End,
    exitCode: ExitCode,
    output: Output,
  }));
  return { ...old.output, health: { ...health, log } };
}

const activeStateOfVersion1 = v.looseObject({
  life: v.object({ status: v.picklist(["running", "paused"]), pid: v.number(), monitorPid: v.number() }),
});

/**
 * The state of version 1 with the processes of a live run named as version 2 does. The monitor is recognized by its command
 * line as well.
 */
export function stateOfVersion1(document: unknown): unknown {
  const active = v.safeParse(activeStateOfVersion1, document);
  if (!active.success) return document;
  const { life, ...rest } = active.output;
  const identityOf = (pid: number) => identifyProcess(pid) ?? { pid, startTime: 0 };
  const run = { process: identityOf(life.pid), monitor: identityOf(life.monitorPid) };
  const upgraded =
    life.status === "paused" ? { status: "paused", frozenBy: "client", ...run } : { status: "running", ...run };
  return { ...rest, life: upgraded };
}
