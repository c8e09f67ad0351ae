// Setup of shell completion.
import type { Topic } from "./topic.ts";

export const completionTopic: Topic = {
  name: "completion",
  summary: "Completion of command lines in bash, zsh and fish",
  text: (program) => `Commands, flags and their values are completed, and the engine's containers,
images, networks and volumes.

bash:
  source <(${program} completion bash)                            in this session
  ${program} completion bash > /etc/bash_completion.d/${program}       permanently

zsh, after compinit:
  source <(${program} completion zsh)
  ${program} completion zsh > /usr/local/share/zsh/site-functions/_${program}

fish:
  ${program} completion fish | source
  ${program} completion fish > ~/.config/fish/completions/${program}.fish
`,
};
