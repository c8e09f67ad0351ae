// BuildKit's history: only instructions that change files are steps.
// Source for the text: moby/buildkit, frontend/dockerfile/dockerfile2llb/convert.go (commitToHistory).
import type { StepDescription } from "../graph/vertex.ts";
import type { History } from "../translation/history.ts";
import type { StageHistoryEntry, StageState } from "../translation/stage-state.ts";

const COMMENT = "buildkit.dockerfile.v0";
/** These have special history entries, or none. */
const SILENT = /^ONBUILD /;

export const dockerfileHistory: History = {
  configured(state, words) {
    if (!SILENT.test(words)) state.history.push(entry(words, false));
  },

  declared(state, declarations) {
    const words = declarations.map(({ name }) => {
      const value = state.arguments.valueOf(name);
      return value === undefined ? name : `${name}=${value}`;
    });
    state.history.push(entry(`ARG ${words.join(" ")}`, false));
  },

  executed(state, _instruction, command) {
    const recorded = state.arguments.declaredNames().map((name) => `${name}=${state.lookup(name) ?? ""}`);
    const count = recorded.length > 0 ? [`|${recorded.length}`, ...recorded] : [];
    state.history.push(entry(`RUN ${[...count, ...command.words].join(" ")} # buildkit`, true));
    return () => description(state);
  },

  copied(state, { instruction, sources, destination, owner, mode }) {
    const words = [
      instruction.name.toUpperCase(),
      ...(instruction.keepsParents ? ["--parents"] : []),
      ...(owner === "" ? [] : [`--chown=${owner}`]),
      ...(mode === "" ? [] : [`--chmod=${mode}`]),
      ...sources,
      ...instruction.documents.map(({ name }) => `<<${name}`),
      destination,
    ];
    state.history.push(entry(`${words.join(" ")} # buildkit`, true));
    return () => description(state);
  },

  madeDirectory(state, words) {
    state.history.push(entry(words, true));
    return description(state);
  },
};

function entry(createdBy: string, hasLayer: boolean): StageHistoryEntry {
  const words = { created_by: createdBy, comment: COMMENT };
  return { entry: hasLayer ? words : { ...words, empty_layer: true }, hasLayer };
}

/** Cached results are independent of configurations: images that differ in these share them. */
function description({ platform }: StageState): StepDescription {
  return { platform, config: {}, author: "", comment: "", createdBy: "" };
}
