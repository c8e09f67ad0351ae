// `compose exec`: runs a command in a service's container.
import { isTerminal } from "../../../linux/terminal.ts";
import { atLeast } from "../../command.ts";
import { integer, list, text, toggle } from "../../flags/kinds.ts";
import { exec } from "../container/exec.ts";
import { composeCommand } from "./command.ts";
import { delegate, serviceContainer } from "./delegate.ts";
import { dryRunFlag } from "./up-flags.ts";

const indexFlag = integer("Index of the container if service has multiple replicas");

/** The flag as arguments when it has a value. */
const option = (name: string, value: string): string[] => (value === "" ? [] : [`--${name}=${value}`]);

export const composeExec = composeCommand({
  usage: "[OPTIONS] SERVICE COMMAND [ARGS...]",
  arity: atLeast(2),
  stopAtPositional: true,
  flags: {
    detach: toggle("Detached mode: Run command in the background", { short: "d" }),
    "dry-run": dryRunFlag,
    env: list("Set environment variables", { short: "e", type: "stringArray" }),
    index: indexFlag,
    interactive: toggle("Keep STDIN open even if not attached", { short: "i", initial: true, hidden: true }),
    "no-tty": toggle("Disable pseudo-TTY allocation. By default 'docker compose exec' allocates a TTY.", {
      short: "T",
      otherNames: { "no-TTY": "" },
    }),
    privileged: toggle("Give extended privileges to the process"),
    tty: toggle("Allocate a pseudo-TTY", { short: "t", initial: true, hidden: true }),
    user: text("Run the command as this user", { short: "u" }),
    workdir: text("Path to workdir directory for this command", { short: "w" }),
  },
  async run({ compose, flags, args }) {
    const [service = "", ...words] = args;
    const { index } = flags;
    const { id } = await serviceContainer(compose, service, { index, oneOffs: true });
    const hasTerminal = flags.tty && !flags["no-tty"] && isTerminal(1) && isTerminal(0) && !flags.detach;
    return delegate(compose, exec, [
      ...(flags.detach ? ["--detach"] : []),
      ...(flags.interactive && !flags.detach ? ["--interactive"] : []),
      ...(hasTerminal ? ["--tty"] : []),
      ...(flags.privileged ? ["--privileged"] : []),
      ...flags.env.map((entry) => `--env=${entry}`),
      ...option("user", flags.user),
      ...option("workdir", flags.workdir),
      id,
      ...words,
    ]);
  },
});
