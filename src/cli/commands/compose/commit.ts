// `compose commit`: creates an image from a service's container.
import { between } from "../../command.ts";
import { integer, list, text, toggle } from "../../flags/kinds.ts";
import { commit } from "../container/commit.ts";
import { composeCommand } from "./command.ts";
import { delegate, serviceContainer } from "./delegate.ts";
import { dryRunFlag } from "./up-flags.ts";

const indexFlag = integer("Index of the container if service has multiple replicas");

/** The flag as arguments when it has a value. */
const option = (name: string, value: string): string[] => (value === "" ? [] : [`--${name}=${value}`]);

export const composeCommit = composeCommand({
  usage: "[OPTIONS] SERVICE [REPOSITORY[:TAG]]",
  arity: between(1, 2),
  flags: {
    author: text('Author (e.g., "John Hannibal Smith <hannibal@a-team.com>")', { short: "a" }),
    change: list("Apply Dockerfile instruction to the created image", { short: "c" }),
    "dry-run": dryRunFlag,
    index: indexFlag,
    message: text("Commit message", { short: "m" }),
    pause: toggle("Pause container during commit", { short: "p", initial: true }),
  },
  async run({ compose, flags, args }) {
    const [service = "", ...reference] = args;
    const { id } = await serviceContainer(compose, service, { index: flags.index, oneOffs: true });
    return delegate(compose, commit, [
      ...option("author", flags.author),
      ...option("message", flags.message),
      ...flags.change.map((change) => `--change=${change}`),
      `--pause=${flags.pause}`,
      id,
      ...reference,
    ]);
  },
});
