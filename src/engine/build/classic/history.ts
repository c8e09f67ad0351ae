// The classic builder's history: every instruction is a step, and its text is the cache key.
import { shellOf } from "../../../dockerfile/configuration.ts";
import type { StepDescription } from "../graph/vertex.ts";
import { NoteOperation } from "../steps/note.ts";
import type { History } from "../translation/history.ts";
import type { StageState } from "../translation/stage-state.ts";

export const classicHistory: History = {
  configured(state, words) {
    const createdBy = nop(state, words, " ");
    const operation = new NoteOperation(descriptionOf(state)(createdBy));
    state.append({ name: createdBy, operation });
  },

  declared(state, declarations) {
    const words = declarations.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`));
    this.configured(state, `ARG ${words.join(" ")}`);
  },

  executed(state, { network }, command) {
    const recorded = state.arguments.recorded(state.variableNames());
    const describe = descriptionOf(state);
    return (mounts) =>
      describe(
        [
          ...(recorded.length > 0 ? [`|${recorded.length}`, ...recorded] : []),
          ...command.words,
          ...(command.script ? [`# ${command.script.content}`] : []),
          ...mounts.map(({ text, shown }) => `# --mount=${shown ? `${text} ${shown.digest}` : text}`),
          ...(network === "" ? [] : [`# --network=${network}`]),
        ].join(" "),
      );
  },

  copied(state, { instruction, destination, owner, mode }) {
    const flags = [
      ...(owner === "" ? [] : [`--chown=${owner}`]),
      ...(mode === "" ? [] : [`--chmod=${mode}`]),
      ...(instruction.keepsParents ? ["--parents"] : []),
    ];
    const describe = descriptionOf(state);
    const { config } = state;
    return (contentDigest) => {
      const words = [instruction.name.toUpperCase(), ...flags, contentDigest, "in", destination];
      return describe(nop({ config }, `${words.join(" ")} `, ""));
    };
  },

  madeDirectory: (state, words) => descriptionOf(state)(nop(state, words, "")),
};

/** How the history shows instructions that run no command. */
function nop({ config }: Pick<StageState, "config">, words: string, separator: string): string {
  return `${shellOf(config).join(" ")} #(nop) ${separator}${words}`;
}

/** The stage's configuration at this time: the description may be completed after later instructions. */
function descriptionOf({ platform, config, author }: StageState): (createdBy: string) => StepDescription {
  return (createdBy) => ({ platform, config, author, comment: "", createdBy });
}
