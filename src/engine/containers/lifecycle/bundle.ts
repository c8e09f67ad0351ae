// The bundle of a container: its mounted root file system, the files that the engine writes for it, and the OCI spec.
import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { BerthError, type ErrorKind } from "../../../api/errors.ts";
import { inNetworkNamespace } from "../../../linux/namespaces.ts";
import type { IdRange } from "../../../linux/user-namespace.ts";
import { prepareAppArmor } from "../../../runtime/apparmor.ts";
import type { SeccompProfile } from "../../../runtime/seccomp/profile.ts";
import { SECCOMP_PROGRAM_ANNOTATION, type SeccompPrograms } from "../../../runtime/seccomp/program.ts";
import type { HostFacts } from "../../../runtime/spec/host.ts";
import { findInit } from "../../../runtime/spec/init.ts";
import type { SharedMemory } from "../../../runtime/spec/mounts.ts";
import { chooseNamespaces, containerOfMode, type NamespaceChoice } from "../../../runtime/spec/namespaces.ts";
import { buildSpec, networkSysctls } from "../../../runtime/spec/spec.ts";
import { type OciIdMapping, type OciSpec, serializeOci } from "../../../runtime/spec/types.ts";
import { resolveUser } from "../../../runtime/spec/user.ts";
import { makeEngineFiles } from "../../../storage/engine-files.ts";
import { makeMountPoints } from "../../../storage/mount-points.ts";
import { mountRootFilesystem } from "../../../storage/rootfs.ts";
import type { UserMapping } from "../../../storage/user-mapping.ts";
import type { EngineConfig } from "../../config.ts";
import type { Sandbox } from "../../networks/sandboxes.ts";
import { cgroupPathOf } from "../cgroup-control.ts";
import type { Container, ContainerPaths } from "../container.ts";
import type { ContainerNetworks, ContainerVolumes, ImageSource } from "../dependencies.ts";
import { linkEnvironment } from "../links.ts";
import { networkOwner } from "../network-owner.ts";
import type { ContainerStore } from "../store.ts";
import { isActive } from "./transitions.ts";

export interface BundleParts {
  config: EngineConfig;
  store: ContainerStore<Container>;
  images: ImageSource;
  networks: ContainerNetworks;
  volumes: ContainerVolumes;
  hostFacts: HostFacts;
  /** The ids of containers that do not ask for the host's; undefined when all have the host's. */
  userMapping: UserMapping | undefined;
  /** The profile of containers that name none. */
  seccomp: SeccompProfile | "unconfined";
  seccompPrograms: SeccompPrograms;
}

/** Makes the directories of a run. */
export function makeBundle({ paths }: Container): void {
  rmSync(paths.bundle, { recursive: true, force: true });
  for (const path of [paths.upper, paths.rootfs]) mkdirSync(path, { recursive: true, mode: 0o755 });
  for (const path of [paths.work, paths.bundle]) mkdirSync(path, { recursive: true, mode: 0o700 });
}

/** Mounts the root file system. */
export function mountBundle(container: Container, parts: BundleParts): void {
  const { paths, spec } = container;
  const image = parts.images.get(spec.imageId);
  const mapping = mappingOf(container, parts);
  mountRootFilesystem({
    lower: image.lowerDirectories,
    upper: paths.upper,
    work: paths.work,
    target: paths.rootfs,
    mapping,
  });
  makeEngineFiles(paths.rootfs, spec.config.workingDir, mapping?.root);
  if (mapping) grantTraversal(paths, parts.config, mapping);
}

/** Activates the container's mounts. @returns its config.json, from which the OCI runtime creates it */
export async function makeConfig(container: Container, sandbox: Sandbox, parts: BundleParts): Promise<string> {
  return serializeOci(withSeccompProgram(await specOf(container, sandbox, parts), container, parts));
}

/** The container's root, an id without rights on the host, must be able to reach its root file system. */
function grantTraversal({ directory }: ContainerPaths, { dataRoot }: EngineConfig, mapping: UserMapping): void {
  for (const path of [dataRoot, dirname(directory)]) chownSync(path, 0, mapping.root.gid);
  // Not by its group: an unmapped group appears as the overflow ID in the container, which not even root may enter.
  chmodSync(directory, 0o711);
}

function mappingOf({ spec }: Container, parts: BundleParts): UserMapping | undefined {
  return spec.hostConfig.usernsMode === "host" ? undefined : parts.userMapping;
}

async function specOf(container: Container, sandbox: Sandbox, parts: BundleParts): Promise<OciSpec> {
  const { paths, spec } = container;
  const { config, hostConfig } = spec;
  const network = networkChoice(container, sandbox, parts);
  const { hostname, files } = writeFiles(container, sandbox, parts);
  const mounts = await parts.volumes.activate(container.id, { config, hostConfig, rootfs: paths.rootfs });
  const mountPoints = mounts.map((mount) => (mount.type === "bind" ? mount : { ...mount, readOnly: false }));
  makeMountPoints(paths.rootfs, mountPoints, mappingOf(container, parts)?.root ?? { uid: 0, gid: 0 });
  await prepareAppArmor(hostConfig, parts.hostFacts);
  const mapping = mappingOf(container, parts);
  if (mapping) {
    for (const path of Object.values(files)) chownSync(path, mapping.root.uid, mapping.root.gid);
    if (sandbox.namespacePath !== undefined) setSysctls(sandbox.namespacePath, networkSysctls(hostConfig));
  }
  const env = [...linkEnvironment(container, parts.store, parts.networks), ...(config.env ?? [])];
  return buildSpec({
    config: { ...config, env },
    hostConfig,
    rootfs: paths.rootfs,
    user: resolveUser(paths.rootfs, config.user, hostConfig.groupAdd ?? []),
    hostname,
    domainname: config.domainname,
    mounts,
    files: { ...files, init: hostConfig.init ? findInit(parts.config.initPath) : undefined },
    sharedMemory: sharedMemoryOf(container, parts),
    namespaces: chooseNamespaces(
      hostConfig,
      network,
      // As in Docker, a server error: the request to start was right.
      (reference, kind) => joining(`${kind.toUpperCase()} namespace`, () => donorOf(reference, parts).pid, "internal"),
      mapping && ociMappings(mapping),
    ),
    cgroupPath: cgroupPathOf(container.id, hostConfig, parts.config),
    host: parts.hostFacts,
    defaults: {
      ulimits: parts.config.defaultUlimits,
      noNewPrivileges: parts.config.noNewPrivileges,
      seccomp: parts.seccomp,
    },
  });
}

/** Where the runtime takes it, the profile as the program it would have to make of it. */
function withSeccompProgram(spec: OciSpec, container: Container, parts: BundleParts): OciSpec {
  const profile = spec.linux.seccomp;
  const program =
    profile && container.runtime.takesSeccompProgram ? parts.seccompPrograms.programOf(profile) : undefined;
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

function networkChoice(container: Container, sandbox: Sandbox, parts: BundleParts): NamespaceChoice {
  const mode = container.spec.hostConfig.networkMode;
  if (mode === "host") return "host";
  const other = containerOfMode(mode);
  if (other !== undefined) return { path: `/proc/${networkDonorOf(container, other, parts)}/ns/net` };
  return sandbox.namespacePath === undefined ? "new" : { path: sandbox.namespacePath };
}

/** The process whose network namespace is joined. @throws BerthError in Docker's words, conflict when it does not run */
function networkDonorOf(container: Container, reference: string, { store }: BundleParts): number {
  const donor = store.find(reference);
  if (!donor) {
    const reason = `No such container: ${reference}`;
    throw new BerthError("internal", `joining network namespace of container: ${reason}`);
  }
  if (donor === container) throw new BerthError("internal", "cannot join own network namespace");
  const { life } = donor.state;
  if (isActive(life)) return life.process.pid;
  throw new BerthError(
    "conflict",
    life.status === "restarting"
      ? `cannot join network namespace of container: ${isRestartingNow(reference)}`
      : `cannot join network namespace of a non running container: container ${donor.spec.name} is ${life.status}`,
  );
}

/** The files the engine writes for a container; one that lives in another's network shares that one's files. */
function writeFiles(container: Container, sandbox: Sandbox, parts: BundleParts) {
  const { paths, spec } = container;
  const owner = networkOwner(container, (reference) => parts.store.get(reference));
  if (owner !== container) {
    const { paths: shared, spec: sharedSpec } = owner;
    return {
      hostname: sharedSpec.config.hostname,
      files: { resolvConf: shared.resolvConf, hosts: shared.hosts, hostname: shared.hostname },
    };
  }
  const hostname = spec.config.hostname;
  writeFileSync(paths.hostname, `${hostname}\n`);
  writeFileSync(paths.hosts, sandbox.hosts);
  writeFileSync(paths.resolvConf, sandbox.resolvConf);
  return { hostname, files: { resolvConf: paths.resolvConf, hosts: paths.hosts, hostname: paths.hostname } };
}

function sharedMemoryOf(container: Container, parts: BundleParts): SharedMemory {
  const { ipcMode, shmSize: size } = container.spec.hostConfig;
  const other = containerOfMode(ipcMode);
  if (other !== undefined) {
    const path = joining("IPC namespace", () => sharedMemoryPath(donorOf(other, parts).container, parts));
    return { source: { path }, size };
  }
  if (ipcMode === "none" || ipcMode === "private") return { source: ipcMode, size };
  return { source: { path: sharedMemoryPath(container, parts) }, size };
}

/** Where the host has the /dev/shm that a container uses, which may be another's. @throws BerthError */
function sharedMemoryPath({ id, spec }: Container, parts: BundleParts): string {
  const other = containerOfMode(spec.hostConfig.ipcMode);
  if (other !== undefined) return sharedMemoryPath(donorOf(other, parts).container, parts);
  return spec.hostConfig.ipcMode === "host" ? "/dev/shm" : parts.volumes.sharedMemoryOf(id);
}

/**
 * A container whose namespaces another one joins.
 * @throws BerthError in Docker's words: conflict when it does not run, invalidParameter when it does not exist
 */
function donorOf(reference: string, { store }: BundleParts): { container: Container; pid: number } {
  const container = store.find(reference);
  if (!container) throw new BerthError("invalidParameter", `No such container: ${reference}`);
  const { life } = container.state;
  if (isActive(life)) return { container, pid: life.process.pid };
  throw new BerthError(
    "conflict",
    life.status === "restarting" ? isRestartingNow(reference) : `container ${reference} is not running`,
  );
}

const isRestartingNow = (reference: string): string =>
  `Container ${reference} is restarting, wait until the container is running`;

/** Says in Docker's words what could not be joined. @param kind of the error, instead of its own */
function joining<T>(what: string, find: () => T, kind?: ErrorKind): T {
  try {
    return find();
  } catch (thrown) {
    if (!(thrown instanceof BerthError)) throw thrown;
    throw new BerthError(kind ?? thrown.kind, `failed to join ${what}: ${thrown.message}`, thrown);
  }
}
