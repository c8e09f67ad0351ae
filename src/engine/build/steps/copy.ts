// COPY and ADD: files of the context, stages, images, URLs, git repositories and here-documents.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { BerthError, isKind, prefixed } from "../../../api/errors.ts";
import type { HereDocument } from "../../../dockerfile/lines.ts";
import type { Selected, SourceRoot } from "../../../storage/build/messages.ts";
import { fetchRepository, resolveCommit } from "../contexts/git.ts";
import { parseGitSource } from "../contexts/git-source.ts";
import type { VertexResult } from "../graph/result.ts";
import type { StepExecution } from "../graph/step-execution.ts";
import type { PreparedStep, StepDescription, StepOperation } from "../graph/vertex.ts";
import { download } from "./downloads.ts";

/** Files from one source. */
interface Files {
  root: SourceRoot;
  selected: Selected[];
  /** Whether to extract archives. */
  unpacks: boolean;
}

interface Taken {
  digest: string;
  /** Number of things to copy. */
  count: number;
  /** Prepares them when the step has to run. */
  files(execution: StepExecution): Promise<Files>;
}

export interface CopyOptions {
  instruction: "copy" | "add";
  /** Paths in the second input, the context or the one of `--from`. */
  paths: readonly string[];
  urls: readonly string[];
  repositories: readonly string[];
  /** With variables expanded. */
  documents: readonly Pick<HereDocument, "name" | "content">[];
  /** Absolute; a trailing slash means a directory. */
  destination: string;
  owner: string;
  mode: string;
  keepsParents: boolean;
  exclude: readonly string[];
  /** The expected "sha256:…" of a URL's content, or prefix of a commit; "" for none. */
  checksum: string;
  /** Undefined for what the repository's address says. */
  keepsGitDirectory: boolean | undefined;
  /** Whether to extract archives; undefined: those of the context, but not those of URLs. */
  unpacks: boolean | undefined;
  /** Whether the files are from the context. */
  isOfContext: boolean;
  /** The entry in the image's history. */
  describe(contentDigest: string): StepDescription;
}

export class CopyOperation implements StepOperation {
  readonly type = "step";
  readonly definition: unknown;
  readonly key: unknown;
  private readonly options: CopyOptions;

  constructor(options: CopyOptions) {
    const { describe: _describe, ...definition } = options;
    const { urls: _urls, repositories: _repositories, checksum: _checksum, ...key } = definition;
    this.options = options;
    this.definition = { type: "copy", ...definition };
    this.key = { type: "copy", ...key };
  }

  async prepare(inputs: readonly VertexResult[], execution: StepExecution): Promise<PreparedStep> {
    const { instruction, destination, owner, mode, keepsParents, exclude, describe } = this.options;
    const taken = await this.takeAll(inputs, execution);
    const isClassic = execution.request.frontend.type === "classic";
    if (isClassic && taken.reduce((sum, { count }) => sum + count, 0) > 1 && !destination.endsWith("/")) {
      throw new BerthError(
        "invalidParameter",
        `When using ${instruction.toUpperCase()} with more than one source file, the destination must be a directory and end with a /`,
      );
    }
    const content = digestOf(taken);
    return {
      content,
      description: describe(content),
      execute: async (running, commit) => {
        const sources: Files[] = [];
        for (const each of taken) sources.push(await each.files(running));
        const change = { sources, exclude: [...exclude], keepsParents, destination, owner, mode };
        await commit({ change: { type: "copy", ...change } });
      },
    };
  }

  private async takeAll(inputs: readonly VertexResult[], execution: StepExecution): Promise<Taken[]> {
    const { instruction, paths, urls, repositories, documents, isOfContext } = this.options;
    const taken: Taken[] = [];
    try {
      if (documents.length > 0) taken.push(this.takeDocuments(execution));
      if (paths.length > 0) taken.push(await this.takeFiles(inputs[1], execution));
      for (const url of urls) taken.push(await this.takeUrl(url, execution));
      for (const each of repositories) taken.push(await this.takeRepository(each, execution));
      return taken;
    } catch (thrown) {
      execution.signal.throwIfAborted();
      if (execution.request.frontend.type === "dockerfile") throw missingFile(thrown, inputs[1]);
      const isMissing = isKind(thrown, "notFound") && thrown.message.startsWith("stat ") && isOfContext;
      const where = isMissing ? ": file not found in build context or excluded by .dockerignore" : "";
      throw prefixed(`${instruction.toUpperCase()} failed${where}`, thrown);
    }
  }

  /** Of patterns that match nothing, BuildKit copies nothing; the classic builder refuses that. */
  private async takeFiles(input: VertexResult | undefined, execution: StepExecution): Promise<Taken> {
    const { paths, exclude, keepsParents, instruction, unpacks } = this.options;
    const isClassic = execution.request.frontend.type === "classic";
    const selection = { paths: [...paths], exclude: [...exclude], keepsParents, allowsNone: !isClassic };
    const { root, selected, digest } = await execution.sources.select(input, selection);
    return here({ root, selected, unpacks: unpacks ?? instruction === "add" }, digest);
  }

  /** Writes here-documents to files. */
  private takeDocuments(execution: StepExecution): Taken {
    const { documents } = this.options;
    const path = execution.newPath();
    const hash = new Bun.CryptoHasher("sha256");
    mkdirSync(path, { mode: 0o700 });
    for (const { name, content } of documents) {
      writeFileSync(join(path, name), content, { flag: "wx", mode: 0o644 });
      hash.update(`${name}\0${content}\0`);
    }
    const selected = documents.map(({ name }) => ({ path: name, name, isDirectory: false }));
    return here({ root: { type: "directory", path }, selected, unpacks: false }, `file:${hash.digest("hex")}`);
  }

  /** Files from a URL are extracted only on request. */
  private async takeUrl(url: string, execution: StepExecution): Promise<Taken> {
    const { checksum, destination, unpacks = false } = this.options;
    const path = execution.newPath();
    const { name, file, digest } = await download(url, path, execution.signal);
    if (checksum !== "" && checksum !== digest) {
      throw new BerthError("invalidParameter", `digest mismatch ${digest}: ${checksum}`);
    }
    if (name === "" && destination.endsWith("/") && execution.request.frontend.type === "classic") {
      throw new BerthError("invalidParameter", `cannot determine filename for source ${url}`);
    }
    const hash = new Bun.CryptoHasher("sha256").update(`${name}\0${digest}`).digest("hex");
    const selected = [{ path: file, name: file, isDirectory: false }];
    return here({ root: { type: "directory", path }, selected, unpacks }, `file:${hash}`);
  }

  /** The files of a repository, with its commit as cache key. */
  private async takeRepository(url: string, execution: StepExecution): Promise<Taken> {
    const { checksum, keepsGitDirectory: wanted } = this.options;
    const address = parseGitSource(url);
    if (wanted !== undefined && address.keepsGitDirectory !== undefined && wanted !== address.keepsGitDirectory) {
      throw new BerthError("invalidParameter", "inconsistent keep-git-dir configuration");
    }
    if (checksum !== "" && address.checksum !== "" && checksum !== address.checksum) {
      const [one, other] = [checksum, address.checksum].map((each) => JSON.stringify(each));
      throw new BerthError("invalidParameter", `checksum mismatch ${one} != ${other}`);
    }
    const source = { ...address, checksum: address.checksum || checksum };
    const keepsGitDirectory = address.keepsGitDirectory ?? wanted ?? false;
    const commit = await resolveCommit(source, execution);
    const { subdirectory, hasSubmodules } = source;
    return {
      digest: `git:${commit}:${subdirectory}:${keepsGitDirectory}${hasSubmodules ? "" : ":no-submodules"}`,
      count: 1,
      files: async (running) => {
        const path = await fetchRepository(source, commit, running.newPath(), { keepsGitDirectory }, running);
        const selected = [{ path: "", name: "", isDirectory: true }];
        return { root: { type: "directory", path }, selected, unpacks: false };
      },
    };
  }
}

/** Files that need no preparation. */
function here(files: Files, digest: string): Taken {
  return { digest, count: files.selected.length, files: async () => files };
}

/** With BuildKit's message, which comes from computing the key of a step. @param input where the file was looked for */
export function missingFile(thrown: unknown, input: VertexResult | undefined): unknown {
  const path = isKind(thrown, "notFound") ? /^stat (.*): file does not exist$/.exec(thrown.message)?.[1] : undefined;
  if (path === undefined) return thrown;
  const reason = `failed to calculate checksum of ref ${refOf(input)}: "${posix.resolve("/", path)}": not found`;
  return new BerthError("notFound", `failed to compute cache key: ${reason}`, thrown);
}

/** In place of BuildKit's internal ID of a result. */
const refOf = (input: VertexResult | undefined): string => (input?.type === "image" && input.image?.id) || "context";

/** A single digest unchanged; several are combined. */
function digestOf(taken: readonly Taken[]): string {
  const [only, ...others] = taken;
  if (only === undefined) return "";
  if (others.length === 0) return only.digest;
  const hash = new Bun.CryptoHasher("sha256").update(taken.map(({ digest }) => digest).join(","));
  return `multi:${hash.digest("hex")}`;
}
