// `berth completion bash|zsh|fish`: prints the shell's completion script.
import { type Command, command, noArguments } from "../../command.ts";
import { bashScript } from "../../completion/bash.ts";
import { fishScript } from "../../completion/fish.ts";
import { zshScript } from "../../completion/zsh.ts";

interface Shell {
  script(program: string): string;
  /** Instructions to load the script now and at every start of the shell. */
  examples: readonly (readonly [string, string])[];
}

const shells = {
  bash: {
    script: bashScript,
    examples: [
      ["completion bash > /etc/bash_completion.d/berth", "For every new session"],
      ["completion bash > ~/.local/share/bash-completion/completions/berth", "For the sessions of one user"],
    ],
  },
  fish: {
    script: fishScript,
    examples: [
      ["completion fish | source", "For this session"],
      ["completion fish > ~/.config/fish/completions/berth.fish", "For every new session"],
    ],
  },
  zsh: {
    script: zshScript,
    examples: [
      ["completion zsh > /usr/local/share/zsh/site-functions/_berth", "For every new session that runs compinit"],
    ],
  },
} as const satisfies Record<string, Shell>;

export function completionCommand(shell: keyof typeof shells): Command {
  const { script, examples } = shells[shell];
  return command({
    usage: "",
    description: `Generate the autocompletion script for the ${shell} shell.\nNames of containers, images, networks and volumes come from the live engine.`,
    arity: noArguments,
    flags: {},
    examples,
    async run({ session }) {
      await session.stdout.write(script(session.program));
    },
  });
}
