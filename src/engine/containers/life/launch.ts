// Brings a container's process into being and clears away after it. What can go on side by side does: while the
// OCI runtime makes the container, the network is wired.
import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { timestampNow } from "../../../api/time.ts";
import { inNetworkNamespace } from "../../../linux/namespaces.ts";
import type { IdRange } from "../../../linux/user-namespace.ts";
import { prepareAppArmor } from "../../../runtime/apparmor.ts";
import { attachSocketPath, spawnMonitor } from "../../../runtime/conmon.ts";
import type { SeccompProfile } from "../../../runtime/seccomp/profile.ts";
import { SECCOMP_PROGRAM_ANNOTATION, type SeccompPrograms } from "../../../runtime/seccomp/program.ts";
import { findInit } from "../../../runtime/spec/init.ts";
import type { SharedMemory } from "../../../runtime/spec/mounts.ts";
import { chooseNamespaces, containerOfMode } from "../../../runtime/spec/namespaces.ts";
import { buildSpec, networkSysctls } from "../../../runtime/spec/spec.ts";
import { type OciIdMapping, type OciSpec, serializeOci } from "../../../runtime/spec/types.ts";
import { resolveUser } from "../../../runtime/spec/user.ts";
import { makeEngineFiles } from "../../../storage/engine-files.ts";
import { mountRootFilesystem, unmountRootFilesystem } from "../../../storage/rootfs.ts";
import type { UserMapping } from "../../../storage/user-mapping.ts";
import type { EngineConfig } from "../../config.ts";
import { type CgroupControl, cgroupPathOf } from "../cgroup-control.ts";
import type { Container, ContainerPaths } from "../container.ts";
import type { ContainerDependencies, Sandbox } from "../dependencies.ts";
import { linkEnvironment } from "../links.ts";
import { logDriver } from "../logs/drivers.ts";
import { commandOf } from "../record.ts";
import type { ContainerStore } from "../store.ts";
import type { ExitWatcher } from "./exit-watcher.ts";
import { startError } from "./start-error.ts";

export interface LaunchHost extends ContainerDependencies {
  exits: ExitWatcher;
  seccomp: SeccompProfile | "unconfined";
  seccompPrograms: SeccompPrograms;
  cgroups: CgroupControl;
  store: ContainerStore<Container>;
  find(reference: string): Container;
}

export interface Launched {
  pid: number;
  monitorPid: number;
  /** RFC 3339. */
  startedAt: string;
}

/**
 * Starts the container's process. Who attached to its stdio before sees all of its output.
 * @throws StartError; nothing is left behind then.
 */
export async function launch(container: Container, host: LaunchHost): Promise<Launched> {
  const { paths, spec } = container;
  try {
    prepareDirectories(container, host);
    const sandbox = host.networks.open(container.id, {
      name: spec.name,
      hostname: spec.config.Hostname ?? "",
      domainname: spec.config.Domainname ?? "",
    });
    // A failure of the wiring is met where it is awaited; without this it would count as unhandled until then.
    sandbox.ready.catch(() => {});
    const ociSpec = withSeccompProgram(await specOf(container, sandbox, host), container, host);
    writeFileSync(`${paths.bundle}/config.json`, serializeOci(ociSpec), { mode: 0o600 });
    const { config, hostConfig } = spec;
    const driver = logDriver(hostConfig.LogConfig?.Type ?? "");
    const monitor = spawnMonitor({
      containerId: container.id,
      id: container.id,
      runtime: container.runtime,
      bundle: paths.bundle,
      exitDirectory: host.exits.directory,
      name: spec.name,
      logPath: driver.keepsNothing ? undefined : paths.log,
      journald: driver.destination === "journald",
      terminal: config.Tty ?? false,
      stdin: config.OpenStdin ?? false,
      leaveStdinOpen: !container.stdinEndsWithClient,
    });
    const { pid, monitorPid, reports } = await container.calls.track("create", () => monitor);
    reports.close();
    await container.stdio.open(attachSocketPath(paths.bundle));
    await sandbox.ready;
    const startedAt = timestampNow();
    await container.calls.track("start", (signal) => container.runtime.start(container.id, signal));
    return { pid, monitorPid, startedAt };
  } catch (thrown) {
    await clearAway(container, host);
    await container.stdio.close();
    throw startError(thrown, commandOf(spec.config).path, CREATE_PREFIX);
  }
}

/** The sentence Docker's clients know a failed start by. */
const CREATE_PREFIX =
  "failed to create task for container: failed to create shim task: OCI runtime create failed: unable to start container process: ";

/** Frees everything a run of the container held. Safe to call for one that was half started, or twice. */
export async function clearAway(container: Container, host: LaunchHost): Promise<void> {
  const { paths } = container;
  host.networks.close(container.id);
  host.volumes.deactivate(container.id);
  const letGo = unmountRootFilesystem(paths.rootfs);
  letGo.catch((thrown: unknown) => {
    host.log.warn("a root file system was not let go", { container: container.id, reason: String(thrown) });
  });
  await container.calls
    .track("delete", (signal) => container.runtime.delete(container.id, signal))
    .catch((thrown: unknown) => {
      host.log.debug("the runtime had nothing to delete", { container: container.id, reason: String(thrown) });
    });
  rmSync(paths.bundle, { recursive: true, force: true });
  host.exits.clear(container.id);
}

function prepareDirectories(container: Container, host: LaunchHost): void {
  const { paths, spec } = container;
  rmSync(paths.bundle, { recursive: true, force: true });
  host.exits.clear(container.id);
  for (const path of [paths.upper, paths.rootfs]) mkdirSync(path, { recursive: true, mode: 0o755 });
  for (const path of [paths.work, paths.bundle]) mkdirSync(path, { recursive: true, mode: 0o700 });
  const image = host.images.get(spec.imageId);
  const mapping = mappingOf(container, host);
  mountRootFilesystem({
    lower: image.lowerDirectories,
    upper: paths.upper,
    work: paths.work,
    target: paths.rootfs,
    mapping,
  });
  makeEngineFiles(paths.rootfs, spec.config.WorkingDir ?? "", mapping?.root);
  if (mapping) openWay(paths, host.config, mapping);
}

/** The container's root, an id without rights on the host, must be able to come to its root file system. */
function openWay({ directory }: ContainerPaths, { dataRoot }: EngineConfig, mapping: UserMapping): void {
  for (const path of [dataRoot, dirname(directory)]) chownSync(path, 0, mapping.root.gid);
  // Not by its group: seen through the mapping, an id of the host's own would be nobody's, which not even root may enter.
  chmodSync(directory, 0o711);
}

function mappingOf({ spec }: Container, host: LaunchHost): UserMapping | undefined {
  return spec.hostConfig.UsernsMode === "host" ? undefined : host.userMapping;
}

async function specOf(container: Container, sandbox: Sandbox, host: LaunchHost): Promise<OciSpec> {
  const { paths, spec } = container;
  const { config, hostConfig } = spec;
  const { hostname, files } = writeFiles(container, sandbox, host);
  const mounts = await host.volumes.activate(container.id, { config, hostConfig, rootfs: paths.rootfs });
  const pidOf = (reference: string): number => host.find(reference).process.pid;
  const network = networkChoice(hostConfig.NetworkMode, sandbox, pidOf);
  await prepareAppArmor(hostConfig, host.host);
  const mapping = mappingOf(container, host);
  if (mapping) {
    for (const path of Object.values(files)) chownSync(path, mapping.root.uid, mapping.root.gid);
    if (sandbox.namespacePath !== undefined) setSysctls(sandbox.namespacePath, networkSysctls(hostConfig));
  }
  const env = [...linkEnvironment(container, host.store, host.networks), ...(config.Env ?? [])];
  return buildSpec({
    config: { ...config, Env: env },
    hostConfig,
    rootfs: paths.rootfs,
    user: resolveUser(paths.rootfs, config.User ?? "", hostConfig.GroupAdd ?? []),
    hostname,
    domainname: config.Domainname ?? "",
    mounts,
    files: { ...files, init: hostConfig.Init ? findInit(host.config.initPath) : undefined },
    sharedMemory: sharedMemoryOf(container, host),
    namespaces: chooseNamespaces(hostConfig, network, pidOf, mapping && ociMappings(mapping)),
    cgroupPath: cgroupPathOf(container.id, hostConfig, host.config),
    host: host.host,
    defaults: {
      ulimits: host.config.defaultUlimits,
      noNewPrivileges: host.config.noNewPrivileges,
      seccomp: host.seccomp,
    },
  });
}

/** Where the runtime takes it, the profile as the program it would have to make of it. */
function withSeccompProgram(spec: OciSpec, container: Container, host: LaunchHost): OciSpec {
  const profile = spec.linux.seccomp;
  const program =
    profile && container.runtime.takesSeccompProgram ? host.seccompPrograms.programOf(profile) : undefined;
  if (program === undefined) return spec;
  return { ...spec, annotations: { ...spec.annotations, [SECCOMP_PROGRAM_ANNOTATION]: program } };
}

function setSysctls(namespace: string, sysctls: Record<string, string>): void {
  inNetworkNamespace(namespace, () => {
    for (const [name, value] of Object.entries(sysctls)) {
      writeFileSync(join("/proc/sys", name.replaceAll(".", "/")), value);
    }
  });
}

function ociMappings({ uids, gids }: UserMapping): { uids: OciIdMapping[]; gids: OciIdMapping[] } {
  const oci = ({ inside, outside, size }: IdRange): OciIdMapping => ({ containerID: inside, hostID: outside, size });
  return { uids: uids.map(oci), gids: gids.map(oci) };
}

function networkChoice(mode: string | undefined, sandbox: Sandbox, pidOf: (reference: string) => number) {
  if (mode === "host") return "host";
  const other = containerOfMode(mode);
  if (other !== undefined) return { path: `/proc/${pidOf(other)}/ns/net` };
  return sandbox.namespacePath === undefined ? "new" : { path: sandbox.namespacePath };
}

/** The files the engine writes for a container; one that lives in another's network shares that one's files. */
function writeFiles(container: Container, sandbox: Sandbox, host: LaunchHost) {
  const { paths, spec } = container;
  const other = containerOfMode(spec.hostConfig.NetworkMode);
  if (other !== undefined) {
    const { paths: shared, spec: sharedSpec } = host.find(other);
    return {
      hostname: sharedSpec.config.Hostname ?? "",
      files: { resolvConf: shared.resolvConf, hosts: shared.hosts, hostname: shared.hostname },
    };
  }
  const hostname = spec.config.Hostname ?? "";
  writeFileSync(paths.hostname, `${hostname}\n`);
  writeFileSync(paths.hosts, sandbox.hosts);
  writeFileSync(paths.resolvConf, sandbox.resolvConf);
  return { hostname, files: { resolvConf: paths.resolvConf, hosts: paths.hosts, hostname: paths.hostname } };
}

function sharedMemoryOf({ id, spec }: Container, host: LaunchHost): SharedMemory {
  const { IpcMode = "private", ShmSize: size = 0 } = spec.hostConfig;
  const other = containerOfMode(IpcMode);
  if (other !== undefined) return { source: { path: host.volumes.sharedMemoryOf(host.find(other).id) }, size };
  if (IpcMode === "shareable") return { source: { path: host.volumes.sharedMemoryOf(id) }, size };
  if (IpcMode === "host") return { source: { path: "/dev/shm" }, size };
  return { source: IpcMode === "none" ? "none" : "private", size };
}
