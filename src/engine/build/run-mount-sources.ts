// What `RUN --mount` mounts: read from the instruction before the cache is asked, and made ready only when it has to run.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { BerthError, prefixed } from "../../api/errors.ts";
import type { MountSpec, Secret } from "../../api/host-configuration.ts";
import type { Stage } from "../../dockerfile/dockerfile.ts";
import type { LayerChange, Selected } from "../../storage/build/messages.ts";
import type { Source } from "../../storage/build/spawn.ts";
import type { Image } from "../images/image.ts";
import { ownerOnHost } from "./host.ts";
import { type RunMount, readMount } from "./run-mounts.ts";
import type { StageState } from "./stage.ts";
import type { Steps } from "./step.ts";

const SECRET_MODE = 0o400;

export interface PreparedMount {
  mount: RunMount;
  /** Its words in the history, with a digest of what it shows. */
  told: string;
  /** What is shown to the command: of the context, of a stage or an image. */
  shown: { source: Source; selected: Selected; image: Image | undefined } | undefined;
}

export interface OpenMounts {
  mounts: MountSpec[];
  secrets: Secret[];
  /** Each "name=value". */
  variables: string[];
  release(): void;
}

/** @throws BerthError */
export async function prepareMounts(
  steps: Steps,
  stage: Stage,
  state: StageState,
  mounts: readonly string[],
): Promise<PreparedMount[]> {
  const prepared: PreparedMount[] = [];
  for (const text of mounts) {
    const words = state.expand(text);
    const mount = readMount(words);
    if (mount.type === "ssh") {
      throw new BerthError(
        "notImplemented",
        "RUN --mount=type=ssh takes an agent that BuildKit's client forwards, which this builder does not know",
      );
    }
    const showsFiles = mount.type === "bind" || (mount.type === "cache" && mount.from !== "");
    const shown = showsFiles ? await show(steps, stage, mount) : undefined;
    prepared.push({ mount, told: shown ? `${words} ${shown.digest}` : words, shown });
  }
  return prepared;
}

/** Makes everything ready that the command is to find. @throws BerthError; nothing is held then */
export async function openMounts(steps: Steps, prepared: readonly PreparedMount[]): Promise<OpenMounts> {
  const releases: (() => void)[] = [];
  const opened: OpenMounts = {
    mounts: [],
    secrets: [],
    variables: [],
    release: () => {
      for (const release of releases.splice(0)) release();
    },
  };
  try {
    for (const each of prepared) {
      const { mount } = each;
      if (mount.type === "secret") openSecret(steps, mount, opened);
      else if (mount.type === "tmpfs") opened.mounts.push(tmpfsOf(mount));
      else if (mount.type === "bind") opened.mounts.push(await bindOf(steps, each));
      else opened.mounts.push(await cacheOf(steps, each, releases));
    }
    return opened;
  } catch (thrown) {
    opened.release();
    throw thrown;
  }
}

async function show(
  steps: Steps,
  stage: Stage,
  { from, source: path }: RunMount,
): Promise<{ source: Source; selected: Selected; image: Image | undefined; digest: string }> {
  const image = from === "" ? undefined : await steps.imageOf(stage, from);
  const source = image ? steps.parts.sources.ofImage(image) : steps.parts.sources.context;
  const selection = { paths: [path || "/"], exclude: [], keepsParents: false };
  try {
    const { selected, digest } = await source.select(selection);
    const [only] = selected;
    if (only === undefined) throw new BerthError("notFound", `stat ${path}: file does not exist`);
    return { source, selected: only, image, digest };
  } catch (thrown) {
    steps.parts.signal.throwIfAborted();
    throw prefixed("RUN --mount failed", thrown);
  }
}

function tmpfsOf({ target, size }: RunMount): MountSpec {
  return { Type: "tmpfs", Target: target, ...(size === undefined ? {} : { TmpfsOptions: { SizeBytes: size } }) };
}

/** What is written to it is gone afterwards: only a copy is given out for writing. */
async function bindOf(steps: Steps, { mount, shown }: PreparedMount): Promise<MountSpec> {
  if (shown === undefined) throw new BerthError("internal", "a bind mount without files");
  const { source, selected, image } = shown;
  const place = { Target: mount.target, ReadOnly: mount.isReadOnly };
  if (!mount.isReadOnly) {
    const copy = await copyOf(steps, { source, selected }, steps.newPath());
    return { Type: "bind", Source: copy, ...place };
  }
  if (source.root.type === "directory")
    return { Type: "bind", Source: join(source.root.path, selected.path), ...place };
  const options = selected.path === "" ? {} : { ImageOptions: { Subpath: selected.path } };
  return { Type: "image", Source: image?.id ?? "", ...options, ...place };
}

async function cacheOf(steps: Steps, { mount, shown }: PreparedMount, releases: (() => void)[]): Promise<MountSpec> {
  const { path, isNew, release } = await steps.parts.caches.take(
    mount,
    ownerOnHost(steps.parts.host, mount.uid, mount.gid),
  );
  releases.push(release);
  if (isNew && shown) await copyOf(steps, shown, path);
  return { Type: "bind", Source: path, Target: mount.target, ReadOnly: mount.isReadOnly };
}

/** Copies what is shown into a directory, which may be there; answers the copy's path. */
async function copyOf(
  steps: Steps,
  { source, selected }: { source: Source; selected: Selected },
  path: string,
): Promise<string> {
  const room = steps.newPath();
  const [lower, work] = [join(room, "lower"), `${path}.work`];
  for (const directory of [lower, work, path]) mkdirSync(directory, { recursive: true, mode: 0o755 });
  const name = selected.isDirectory ? "" : selected.name;
  const owner = ownerOnHost(steps.parts.host, 0, 0);
  const change: LayerChange = {
    type: "copy",
    sources: [{ root: source.root, selected: [selected], unpacks: false }],
    exclude: [],
    keepsParents: false,
    destination: "/",
    owner: `${owner.uid}:${owner.gid}`,
    mode: "",
  };
  const { maker, signal } = steps.parts;
  await maker.make({ lower: [lower], upper: path, work, archive: "/dev/null", change }, signal);
  return join(path, name);
}

function openSecret(steps: Steps, mount: RunMount, opened: OpenMounts): void {
  const value = steps.parts.request.secrets[mount.id];
  if (value === undefined) {
    if (mount.isRequired) throw new BerthError("invalidParameter", `secret ${mount.id}: not found`);
    return;
  }
  if (mount.variable !== "") opened.variables.push(`${mount.variable}=${Buffer.from(value, "base64").toString()}`);
  if (mount.target === "") return;
  const { target, uid, gid, mode = SECRET_MODE } = mount;
  opened.secrets.push({ Name: mount.id, Value: value, Target: target, UID: uid, GID: gid, Mode: mode });
}
