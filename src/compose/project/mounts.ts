// The volumes, configs and secrets of a service as mounts of the create request.
import { statSync } from "node:fs";
import type { HostConfig, MountSpec } from "../../api/host-configuration.ts";
import type { MountPoint } from "../../client/index.ts";
import { ComposeError } from "../model/compose-error.ts";
import type { Project, Service } from "../model/project.ts";
import type { FileReference } from "../model/schema/build.ts";
import type { VolumeMount } from "../model/schema/mounts.ts";

/** A mount becomes a short `Binds` entry, which old engines accept and which creates the source, or a long one. */
type Made = { target: string } & ({ bind: string } | { mount: MountSpec });

/** What a replaced container passes on to its successor. */
export interface Inheritance {
  mounts: readonly MountPoint[];
  /** Where the image declares volumes. */
  imageVolumes: ReadonlySet<string>;
}

function bindString(source: string, { target = "", read_only, bind, volume }: VolumeMount): string {
  const options = [read_only ? "ro" : "rw", bind?.selinux, bind?.propagation, volume?.nocopy ? "nocopy" : undefined];
  return `${source}:${target}:${options.filter((option) => option !== undefined).join(",")}`;
}

function bindMount(volume: VolumeMount): Made {
  const { source = "", target = "", read_only: readOnly, bind } = volume;
  const isPlain = bind?.create_host_path !== false && !bind?.propagation && !bind?.recursive;
  if (isPlain) return { target, bind: bindString(source, volume) };
  const recursive = bind?.recursive;
  return {
    target,
    mount: {
      Type: "bind",
      Source: source,
      Target: target,
      ReadOnly: readOnly,
      Consistency: volume.consistency,
      BindOptions: {
        Propagation: bind?.propagation,
        CreateMountpoint: bind?.create_host_path !== false,
        NonRecursive: recursive === "disabled" || undefined,
        ReadOnlyNonRecursive: recursive === "writable" || undefined,
        ReadOnlyForceRecursive: recursive === "readonly" || undefined,
      },
    },
  };
}

function volumeMount(mount: VolumeMount, project: Project): Made {
  const { source, target = "", read_only: readOnly, volume } = mount;
  const name = source === undefined ? undefined : (project.volumes.get(source)?.name ?? source);
  const isPlain = !volume?.labels && !volume?.subpath && !volume?.nocopy;
  if (name !== undefined && isPlain) return { target, bind: bindString(name, mount) };
  return {
    target,
    mount: {
      Type: "volume",
      Source: name,
      Target: target,
      ReadOnly: readOnly,
      VolumeOptions: {
        NoCopy: volume?.nocopy,
        Subpath: volume?.subpath,
        Labels: volume?.labels && { ...volume.labels },
      },
    },
  };
}

function otherMount(volume: VolumeMount): Made {
  const { type, source, target = "", read_only: readOnly, tmpfs, image } = volume;
  const spec: MountSpec = { Type: type, Source: source, Target: target, ReadOnly: readOnly };
  if (type === "tmpfs") {
    spec.TmpfsOptions = { SizeBytes: tmpfs?.size === undefined ? undefined : Number(tmpfs.size), Mode: tmpfs?.mode };
  }
  if (type === "image") spec.ImageOptions = { Subpath: image?.subpath };
  return { target, mount: spec };
}

function madeOf(volume: VolumeMount, project: Project): Made {
  if (volume.type === "bind") return bindMount(volume);
  return volume.type === "volume" ? volumeMount(volume, project) : otherMount(volume);
}

/** Where a config or secret appears in the container. */
export function fileTarget({ source = "", target }: FileReference, directory: string): string {
  const name = target ?? source;
  return name.startsWith("/") ? name : `${directory}${name}`;
}

export const CONFIG_DIRECTORY = "/";
export const SECRET_DIRECTORY = "/run/secrets/";

interface FileSource {
  readonly name?: string;
  readonly file?: string;
  readonly external?: boolean;
  readonly driver?: string;
  readonly template_driver?: string;
}

function fileMount(
  kind: "config" | "secret",
  reference: FileReference,
  source: FileSource,
  warn: (message: string) => void,
): Made | undefined {
  if (source.external) throw new ComposeError(`unsupported external ${kind} ${source.name}`);
  if (source.driver) throw new ComposeError(`Docker Compose does not support ${kind}s.*.driver`);
  if (source.template_driver) throw new ComposeError(`Docker Compose does not support ${kind}s.*.template_driver`);
  if (source.file === undefined) return undefined;
  if (reference.uid || reference.gid || reference.mode) {
    const subject = kind === "config" ? "config" : "secrets";
    warn(`${subject} \`uid\`, \`gid\` and \`mode\` are not supported, they will be ignored`);
  }
  if (kind === "secret" && !statSync(source.file, { throwIfNoEntry: false })) {
    warn(`secret file ${source.name} does not exist`);
  }
  const target = fileTarget(reference, kind === "config" ? CONFIG_DIRECTORY : SECRET_DIRECTORY);
  return bindMount({ type: "bind", source: source.file, target, read_only: true, bind: { create_host_path: false } });
}

function fileMounts(service: Service, project: Project, warn: (message: string) => void): Made[] {
  const secrets = (service.secrets ?? []).map((reference) =>
    fileMount("secret", reference, project.secrets.get(reference.source ?? "") ?? {}, warn),
  );
  const configs = (service.configs ?? []).map((reference) =>
    fileMount("config", reference, project.configs.get(reference.source ?? "") ?? {}, warn),
  );
  return [...secrets, ...configs].filter((made) => made !== undefined);
}

/** Anonymous volumes of the replaced container: those of the image and those that the service declares. */
function inherited(service: Service, { mounts, imageVolumes }: Inheritance): Made[] {
  const anonymous = new Set((service.volumes ?? []).flatMap(({ source, target }) => (source ? [] : [target])));
  return mounts
    .filter(
      ({ Type, Destination }) => Type !== "tmpfs" && (imageVolumes.has(Destination) || anonymous.has(Destination)),
    )
    .map(({ Type, Name, Source, Destination, RW }) => ({
      target: Destination,
      mount: {
        Type,
        Source: Type === "volume" ? (Name ?? Source) : Source,
        Target: Destination,
        ReadOnly: !RW || undefined,
      },
    }));
}

/** @throws ComposeError for configs and secrets that only Swarm supports */
export function mountsOf(
  service: Service,
  project: Project,
  inheritance: Inheritance | undefined,
  warn: (message: string) => void,
): Pick<HostConfig, "Binds" | "Mounts"> {
  const made = new Map<string, Made>();
  const kept = inheritance === undefined ? [] : inherited(service, inheritance);
  const own = (service.volumes ?? []).map((volume) => madeOf(volume, project));
  for (const entry of fileMounts(service, project, warn)) made.set(entry.target, entry);
  for (const entry of own) made.set(entry.target, entry);
  const named = new Set((service.volumes ?? []).flatMap(({ source, target }) => (source ? [target] : [])));
  for (const entry of kept) if (!named.has(entry.target)) made.set(entry.target, entry);
  const all = [...made.values()];
  return {
    Binds: all.flatMap((entry) => ("bind" in entry ? [entry.bind] : [])),
    Mounts: all.flatMap((entry) => ("mount" in entry ? [entry.mount] : [])),
  };
}
