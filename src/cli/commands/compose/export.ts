// `compose export`: exports the filesystem of a service's container.
import { exactly } from "../../command.ts";
import { integer, text } from "../../flags/kinds.ts";
import { exportContainer } from "../container/export.ts";
import { composeCommand } from "./command.ts";
import { delegate, serviceContainer } from "./delegate.ts";
import { dryRunFlag } from "./up-flags.ts";

const indexFlag = integer("Index of the container if service has multiple replicas");

/** The flag as arguments when it has a value. */
const option = (name: string, value: string): string[] => (value === "" ? [] : [`--${name}=${value}`]);

export const composeExport = composeCommand({
  usage: "[OPTIONS] SERVICE",
  arity: exactly(1),
  flags: {
    "dry-run": dryRunFlag,
    index: indexFlag,
    output: text("Write to a file, instead of STDOUT", { short: "o", complete: "files" }),
  },
  async run({ compose, flags, args }) {
    const [service = ""] = args;
    const { id } = await serviceContainer(compose, service, { index: flags.index, oneOffs: true });
    return delegate(compose, exportContainer, [...option("output", flags.output), id]);
  },
});
