// The sources of a BuildKit-style build: Dockerfile, context, named contexts and base images. Each is a vertex.
import { posix } from "node:path";
import { BerthError, messageOf } from "../../../api/errors.ts";
import type { Platform } from "../../../api/platforms.ts";
import { familiarReference, parseReference, withDefaultTag } from "../../../api/references.ts";
import type { Image } from "../../images/image.ts";
import type { BaseImages } from "../base-images.ts";
import { findDockerfile, IGNORE_FILE, readIgnorePatterns, removeIgnored } from "../contexts/dockerfile.ts";
import { DEFAULT_DOCKERFILE, type OpenContext, openContext } from "../contexts/open.ts";
import type { VertexResult } from "../graph/result.ts";
import type { Solver } from "../graph/solver.ts";
import type { StepExecution } from "../graph/step-execution.ts";
import { BuildVertex, type SourceOperation } from "../graph/vertex.ts";
import type { BuildJob } from "../job.ts";
import { now } from "../moments.ts";
import { RegistryStatus } from "../registry-status.ts";
import type { ContextSource, NamedContext } from "../solve-request.ts";
import type { SolvedBuild } from "../solved-build.ts";
import type { NamedFiles } from "../translation/options.ts";
import { imageVertex } from "../translation/source-vertices.ts";
import { TransferStatus } from "./progress.ts";

export interface LoadedDockerfile {
  filename: string;
  content: string;
  /** Ignore patterns of the context. */
  ignored: string[];
  /** The vertex that loaded it. */
  vertex: string;
}

export class Contexts {
  private readonly job: BuildJob;
  private readonly solver: Solver;
  private readonly bases: BaseImages;
  private readonly result: (id: string) => SolvedBuild;
  /** Contexts other than client directories, opened once. */
  private readonly opened = new Map<ContextSource, Promise<OpenContext>>();
  private readonly images = new Map<string, Promise<Image>>();
  private readonly namedFiles = new Map<string, Promise<NamedFiles>>();

  constructor(job: BuildJob, solver: Solver, bases: BaseImages, result: (id: string) => SolvedBuild) {
    this.job = job;
    this.solver = solver;
    this.bases = bases;
    this.result = result;
  }

  /** @throws BerthError in Docker's words */
  async loadDockerfile(): Promise<LoadedDockerfile> {
    const { dockerfile } = this.job.request;
    if (dockerfile.type === "inline") {
      const ignored = await this.loadIgnorePatterns(undefined);
      return { filename: DEFAULT_DOCKERFILE, content: dockerfile.content, ignored, vertex: "" };
    }
    const filename = dockerfile.path || DEFAULT_DOCKERFILE;
    const loaded: Partial<LoadedDockerfile> & { own?: string[] | undefined } = {};
    const name = `[internal] load build definition from ${filename}`;
    const vertex = sourceVertex(name, { dockerfile: filename }, async (execution) => {
      const followPaths = [filename, `${filename}${IGNORE_FILE}`, filename.toLowerCase()];
      const { source, isDockerfile } = await this.open(dockerfile.context, execution, { followPaths, isKept: false });
      const name = isDockerfile ? DEFAULT_DOCKERFILE : filename;
      const lower = name === DEFAULT_DOCKERFILE ? await findDockerfile(source, name.toLowerCase()) : undefined;
      loaded.content = (await findDockerfile(source, name)) ?? lower;
      if (loaded.content === undefined) {
        throw new BerthError("notFound", `failed to read dockerfile: open ${name}: no such file or directory`);
      }
      if (loaded.content === "") throw new BerthError("invalidParameter", "the Dockerfile cannot be empty");
      loaded.own = await readIgnorePatterns(source, `${name}${IGNORE_FILE}`);
      return { type: "source", source };
    });
    await this.solver.solve(vertex);
    const { content = "", own } = loaded;
    const ignored = await this.loadIgnorePatterns(own);
    await this.removeIgnored(filename);
    return { filename, content, ignored, vertex: vertex.digest };
  }

  /**
   * The context as a vertex, transferred when a step needs it.
   * @param paths the paths needed from it; evaluated then
   */
  context({ ignored }: LoadedDockerfile, paths: ReadonlySet<string>): BuildVertex {
    const { context } = this.job.request;
    return sourceVertex("[internal] load build context", { context: keyOf(context) }, async (execution) => {
      const { source } = await this.open(context, execution, { exclude: ignored, followPaths: followPathsOf(paths) });
      return { type: "source", source };
    });
  }

  /** Resolves an image name, once per name. */
  baseImage(name: string, platform: Platform | undefined): Promise<Image> {
    const id = `${name} ${JSON.stringify(platform)}`;
    const known = this.images.get(id);
    if (known) return known;
    const image = this.loadImage(name, platform);
    this.images.set(id, image);
    image.catch(() => {});
    return image;
  }

  /** The image to import a cache from; undefined, with a warning, when it does not exist. */
  async cacheImage(name: string): Promise<Image | undefined> {
    let image: Image | undefined;
    await this.load(`importing cache manifest from ${name}`, { cache: name }, async (execution) => {
      const status = new RegistryStatus(execution.emit);
      try {
        image = await this.bases.get(name, undefined, { tell: (line) => status.tell(line), signal: execution.signal });
      } catch (thrown) {
        execution.signal.throwIfAborted();
        // A missing cache does not fail the build.
        const data = Buffer.from(`failed to import cache from ${name}: ${messageOf(thrown)}\n`);
        execution.emit({ type: "log", stream: "stderr", data, time: now() });
      }
      return { type: "image", image };
    });
    return image;
  }

  named(name: string): Promise<NamedFiles | undefined> {
    const { namedContexts, platform } = this.job.request;
    const found = namesOf(name).find((each) => Object.hasOwn(namedContexts, each));
    const context = found === undefined ? undefined : namedContexts[found];
    if (found === undefined || context === undefined) return Promise.resolve(undefined);
    const known = this.namedFiles.get(found);
    if (known) return known;
    const files = this.openNamed(found, context, platform);
    this.namedFiles.set(found, files);
    files.catch(() => {});
    return files;
  }

  private async openNamed(name: string, context: NamedContext, platform: Platform | undefined): Promise<NamedFiles> {
    if (context.type === "image") {
      const image = await this.baseImage(context.reference, platform);
      return { root: imageVertex(`[context ${name}] ${context.reference}`, image), image: image.config };
    }
    if (context.type === "result") {
      const { solution, config } = this.result(context.id);
      const vertex = sourceVertex(`[context ${name}] result`, { result: context.id }, async () => ({
        type: "image",
        image: solution.root,
      }));
      return { root: vertex, image: config };
    }
    const exclude = context.type === "directory" ? await this.ignoreFile(context, `[context ${name}] load`) : [];
    const files = sourceVertex(`[context ${name}] load from client`, { context: keyOf(context) }, async (execution) => {
      const { source } = await this.open(context, execution, { exclude });
      return { type: "source", source };
    });
    return { root: files, image: undefined };
  }

  private async loadImage(name: string, platform: Platform | undefined): Promise<Image> {
    const shown = nameOf(name);
    const result = await this.load(
      `[internal] load metadata for ${shown}`,
      { image: name, platform },
      async (execution) => {
        const status = new RegistryStatus(execution.emit);
        const image = await this.bases.get(name, platform, {
          tell: (line) => status.tell(line),
          signal: execution.signal,
        });
        return { type: "image", image };
      },
    );
    if (result.type === "image" && result.image) return result.image;
    throw new BerthError("internal", `${name} has no image`);
  }

  /** Loads a source immediately: the translation depends on it. */
  private load(name: string, definition: object, load: SourceOperation["load"]): Promise<VertexResult> {
    return this.solver.solve(sourceVertex(name, definition, load));
  }

  private async loadIgnorePatterns(own: string[] | undefined): Promise<string[]> {
    if (own) return own;
    return this.ignoreFile(this.job.request.context, "[internal] load");
  }

  /** The patterns of the context's ignore file. */
  private async ignoreFile(context: ContextSource, action: string): Promise<string[]> {
    let patterns: string[] | undefined;
    await this.load(`${action} ${IGNORE_FILE}`, { ignore: keyOf(context) }, async (execution) => {
      try {
        const { source } = await this.open(context, execution, { followPaths: [IGNORE_FILE], isKept: false });
        patterns = await readIgnorePatterns(source, IGNORE_FILE);
        return { type: "source", source };
      } catch (thrown) {
        execution.signal.throwIfAborted();
        // A build that needs no context need not have one; otherwise reading it reports the failure.
        if (context.type !== "directory") throw thrown;
        return { type: "image", image: undefined };
      }
    });
    return patterns ?? [];
  }

  /** Exempts the Dockerfile from the ignore rules: the build needs it. */
  private async removeIgnored(dockerfile: string): Promise<void> {
    const { context } = this.job.request;
    const opened = context.type === "archive" ? await this.opened.get(context) : undefined;
    if (opened) await removeIgnored(opened.source, dockerfile);
  }

  /** Opens a context; of a client directory, only the requested part. */
  private open(
    context: ContextSource,
    { services, session, signal, newPath, sources, trees, emit }: StepExecution,
    part: { followPaths?: readonly string[]; exclude?: readonly string[]; isKept?: boolean } = {},
  ): Promise<OpenContext> {
    const known = this.opened.get(context);
    if (known) return known;
    const { isKept = true, ...files } = part;
    const transfer = new TransferStatus(isKept ? "transferring context:" : "transferring dockerfile:", emit);
    const place = {
      services,
      session,
      directory: newPath(),
      signal,
      trees: isKept ? trees : undefined,
      onTransfer: (bytes: number) => transfer.report(bytes),
      onRelease: (release: () => void) => sources.onClose(release),
    };
    const opened = openContext(context, place, files).then((open) => {
      transfer.end();
      sources.add(open.source);
      return open;
    });
    if (context.type !== "directory") this.opened.set(context, opened);
    return opened;
  }
}

function sourceVertex(name: string, definition: object, load: SourceOperation["load"]): BuildVertex {
  return new BuildVertex({ name, inputs: [], operation: { type: "source", definition, load } });
}

/** Empty when everything is needed. */
function followPathsOf(paths: ReadonlySet<string>): string[] {
  const wanted = [...paths].map((path) => posix.resolve("/", path).slice(1));
  return wanted.includes("") ? [] : wanted.sort();
}

/** Identifies a context in vertex digests. */
function keyOf(context: ContextSource): object {
  return context.type === "archive" ? { type: context.type } : context;
}

/** The names by which named contexts may refer to an image: "alpine", "alpine:latest", … */
function namesOf(name: string): string[] {
  const names = [name.toLowerCase()];
  try {
    const { domain, path, tag, digest } = withDefaultTag(parseReference(name));
    const familiar = familiarReference({ domain, path });
    if (digest === undefined) names.push(`${familiar}:${tag}`, ...(tag === "latest" ? [familiar] : []));
  } catch {
    // A stage name may be no valid reference.
  }
  return names;
}

function nameOf(name: string): string {
  const { domain, path, tag, digest } = withDefaultTag(parseReference(name));
  return `${domain}/${path}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}
