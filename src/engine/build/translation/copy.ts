// Translates COPY and ADD into vertices.
import { posix } from "node:path";
import { BerthError } from "../../../api/errors.ts";
import type { Stage } from "../../../dockerfile/dockerfile.ts";
import type { CopyInstruction, Instruction } from "../../../dockerfile/instruction.ts";
import { expandDocument } from "../../../dockerfile/variables.ts";
import { isGitUrl } from "../contexts/git-source.ts";
import { BuildVertex } from "../graph/vertex.ts";
import { CopyOperation } from "../steps/copy.ts";
import { isUrl } from "../steps/downloads.ts";
import { LinkOperation } from "../steps/link.ts";
import { displayOf } from "./display.ts";
import { filesOf } from "./files.ts";
import type { TranslationOptions } from "./options.ts";
import { scratchVertex } from "./source-vertices.ts";
import type { StageState } from "./stage-state.ts";

/** Adds the vertex of a COPY or ADD to a stage; with --link also the one of a separate layer. @throws BerthError */
export async function copy(
  options: TranslationOptions,
  stage: Stage,
  state: StageState,
  instruction: Instruction<CopyInstruction>,
): Promise<void> {
  const destination = state.expand(instruction.destination);
  const sources = instruction.sources.map((source) => state.expand(source));
  const [owner, mode] = [state.expand(instruction.chown), state.expand(instruction.chmod)];
  const repositories = instruction.name === "add" ? sources.filter(isGitUrl) : [];
  const urls = sources.filter((source) => isUrl(source) && !repositories.includes(source));
  const paths = sources.filter((source) => !isUrl(source) && !repositories.includes(source));
  if (urls.length > 0 && instruction.name === "copy") {
    throw new BerthError("invalidParameter", "COPY failed: source can't be a URL for COPY");
  }
  if (instruction.checksum !== "" && paths.length + instruction.documents.length > 0) {
    throw new BerthError("invalidParameter", "ADD failed: checksum can't be specified for non-HTTP(S) sources");
  }
  const [repository] = repositories;
  if (repository !== undefined && options.request.frontend.type === "classic") {
    throw new BerthError(
      "notImplemented",
      `ADD failed: ${repository} is a git repository, which this builder does not clone; it can be a build's context`,
    );
  }
  const isOfContext = instruction.from === "";
  if (isOfContext) for (const path of paths) options.contextPaths.add(path);
  const files = isOfContext ? options.context : await filesOf(options, stage, instruction.from);
  const operation = new CopyOperation({
    instruction: instruction.name,
    paths,
    urls,
    repositories,
    keepsGitDirectory: instruction.keepsGitDirectory,
    unpacks: instruction.unpacks,
    documents: instruction.documents.map(({ name, content, expands }) => ({
      name,
      content: expands ? expandDocument(content, state.lookup) : content,
    })),
    destination: absolute(state, destination),
    owner,
    mode,
    keepsParents: instruction.keepsParents,
    exclude: instruction.exclude,
    checksum: instruction.checksum,
    isOfContext,
    describe: options.history.copied(state, { instruction, sources, destination, owner, mode }),
  });
  const others = paths.length > 0 ? [files] : [];
  const shown = displayOf(options, stage, state, instruction);
  if (!instruction.isLink || options.request.frontend.type === "classic") {
    state.append({ ...shown, operation, others });
    return;
  }
  const { platform, ignoresCache } = state;
  const inputs = [scratchVertex, ...others];
  const layer = new BuildVertex({ ...shown, inputs, operation, platform, ignoresCache });
  const description = { platform, config: {}, author: "", comment: "", createdBy: "" };
  state.append({
    ...shown,
    name: shown.name.replace("] ", "] LINK "),
    operation: new LinkOperation(description),
    others: [layer],
  });
}

/** Absolute; a trailing slash means a directory. */
function absolute({ config }: StageState, destination: string): string {
  const path = posix.resolve(config.WorkingDir || "/", destination);
  return /(?:^|\/)\.?$/.test(destination) && path !== "/" ? `${path}/` : path;
}
