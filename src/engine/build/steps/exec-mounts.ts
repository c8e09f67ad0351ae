// Prepares the mounts of `RUN --mount`: content digests before the cache lookup, the mounts themselves before the run.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { BerthError, prefixed } from "../../../api/errors.ts";
import type { LayerChange, Selected, SourceRoot } from "../../../storage/build/messages.ts";
import type { Secret } from "../../containers/configuration/host-configuration.ts";
import type { Mount } from "../../containers/configuration/mounts.ts";
import type { Image } from "../../images/image.ts";
import { ownerOnHost } from "../engine-services.ts";
import type { VertexResult } from "../graph/result.ts";
import type { StepExecution } from "../graph/step-execution.ts";
import { missingFile } from "./copy.ts";
import type { RunMount } from "./run-mounts.ts";
import { forwardAgent } from "./ssh-agent.ts";

const SECRET_MODE = 0o400;
const AGENT_VARIABLE = "SSH_AUTH_SOCK";

export interface ExecMount {
  mount: RunMount;
  /** The option's text with variables expanded. */
  text: string;
  /** Index of the vertex input that is mounted; undefined for other mount types. */
  input: number | undefined;
}

export interface PreparedMount {
  mount: RunMount;
  /** The option's text with variables expanded. */
  text: string;
  /** The mounted files: from the context, a stage or an image. */
  shown: Shown | undefined;
}

interface Shown {
  root: SourceRoot;
  selected: Selected;
  image: Image | undefined;
  digest: string;
}

export interface OpenMounts {
  mounts: Mount[];
  secrets: Secret[];
  /** Each "name=value". */
  variables: string[];
  release(): void;
}

/** @throws BerthError */
export async function prepareMounts(
  execution: StepExecution,
  mounts: readonly ExecMount[],
  inputs: readonly VertexResult[],
): Promise<PreparedMount[]> {
  const prepared: PreparedMount[] = [];
  for (const { mount, text, input } of mounts) {
    const shown = input === undefined ? undefined : await show(execution, mount, inputs[input]);
    prepared.push({ mount, text, shown });
  }
  return prepared;
}

/** Prepares all mounts of the command. @throws BerthError; everything is released then */
export async function openMounts(execution: StepExecution, prepared: readonly PreparedMount[]): Promise<OpenMounts> {
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
      if (mount.type === "secret") await openSecret(execution, mount, opened);
      else if (mount.type === "ssh") await openAgent(execution, mount, opened, releases);
      else if (mount.type === "tmpfs") opened.mounts.push(tmpfsOf(mount));
      else if (mount.type === "bind") opened.mounts.push(await bindOf(execution, each));
      else opened.mounts.push(await cacheOf(execution, each, releases));
    }
    return opened;
  } catch (thrown) {
    opened.release();
    throw thrown;
  }
}

async function show(
  execution: StepExecution,
  { source: path }: RunMount,
  input: VertexResult | undefined,
): Promise<Shown> {
  const image = input?.type === "image" ? input.image : undefined;
  const selection = { paths: [path || "/"], exclude: [], keepsParents: false, allowsNone: false };
  try {
    const { root, selected, digest } = await execution.sources.select(input, selection);
    const [only] = selected;
    if (only === undefined) throw new BerthError("notFound", `stat ${path}: file does not exist`);
    return { root, selected: only, image, digest };
  } catch (thrown) {
    execution.signal.throwIfAborted();
    if (execution.request.frontend.type === "dockerfile") throw missingFile(thrown, input);
    throw prefixed("RUN --mount failed", thrown);
  }
}

function tmpfsOf({ target, size }: RunMount): Mount {
  const options = size === undefined ? undefined : { sizeBytes: size };
  return { type: "tmpfs", target, readOnly: false, options };
}

/** Discards writes: a writable mount gets a copy of the files. */
async function bindOf(execution: StepExecution, { mount, shown }: PreparedMount): Promise<Mount> {
  if (shown === undefined) throw new BerthError("internal", "a bind mount without files");
  const { root, selected, image } = shown;
  const place = { target: mount.target, readOnly: mount.isReadOnly };
  if (!mount.isReadOnly) {
    const copy = await copyOf(execution, { root, selected }, execution.newPath());
    return { type: "bind", source: copy, ...place };
  }
  if (root.type === "directory") return { type: "bind", source: join(root.path, selected.path), ...place };
  const options = selected.path === "" ? undefined : { subpath: selected.path };
  return { type: "image", source: image?.id ?? "", options, ...place };
}

async function cacheOf(
  execution: StepExecution,
  { mount, shown }: PreparedMount,
  releases: (() => void)[],
): Promise<Mount> {
  const { path, isNew, release } = await execution.caches.take(
    mount,
    ownerOnHost(execution.services, mount.uid, mount.gid),
  );
  releases.push(release);
  if (isNew && shown) await copyOf(execution, shown, path);
  return { type: "bind", source: path, target: mount.target, readOnly: mount.isReadOnly };
}

/** Copies the mounted files to a directory, which may exist; returns the copy's path. */
async function copyOf(
  execution: StepExecution,
  { root, selected }: { root: SourceRoot; selected: Selected },
  path: string,
): Promise<string> {
  const room = execution.newPath();
  const [lower, overlayWork] = [join(room, "lower"), `${path}.work`];
  for (const directory of [lower, overlayWork, path]) mkdirSync(directory, { recursive: true, mode: 0o755 });
  const name = selected.isDirectory ? "" : selected.name;
  const owner = ownerOnHost(execution.services, 0, 0);
  const change: LayerChange = {
    type: "copy",
    sources: [{ root, selected: [selected], unpacks: false }],
    exclude: [],
    keepsParents: false,
    destination: "/",
    owner: `${owner.uid}:${owner.gid}`,
    mode: "",
  };
  const { maker, signal } = execution;
  await maker.make({ lower: [lower], upper: path, work: overlayWork, archive: "/dev/null", change }, signal);
  return join(path, name);
}

async function openAgent(
  execution: StepExecution,
  mount: RunMount,
  opened: OpenMounts,
  releases: (() => void)[],
): Promise<void> {
  const agent = await forwardAgent(execution, mount);
  if (agent === undefined) return;
  releases.push(agent.close);
  opened.mounts.push({ type: "bind", source: agent.path, target: mount.target, readOnly: false });
  // SSH_AUTH_SOCK names the first agent.
  if (!opened.variables.some((variable) => variable.startsWith(`${AGENT_VARIABLE}=`))) {
    opened.variables.push(`${AGENT_VARIABLE}=${mount.target}`);
  }
}

async function openSecret(execution: StepExecution, mount: RunMount, opened: OpenMounts): Promise<void> {
  const value = await execution.session.secret(mount.id, execution.signal);
  if (value === undefined) {
    if (mount.isRequired) throw new BerthError("invalidParameter", `secret ${mount.id}: not found`);
    return;
  }
  const bytes = Buffer.from(value);
  if (mount.variable !== "") opened.variables.push(`${mount.variable}=${bytes.toString()}`);
  if (mount.target === "") return;
  const { target, uid, gid, mode = SECRET_MODE } = mount;
  opened.secrets.push({
    name: mount.id,
    value: bytes.toString("base64"),
    target,
    uid,
    gid,
    mode,
  });
}
