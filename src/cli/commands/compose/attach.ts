// `compose attach`: connects this terminal to the streams of a service's container.
import { exactly } from "../../command.ts";
import { detachKeysFlag } from "../../flags/common.ts";
import { integer, toggle } from "../../flags/kinds.ts";
import { attach } from "../container/attach.ts";
import { composeCommand } from "./command.ts";
import { delegate, serviceContainer } from "./delegate.ts";
import { dryRunFlag } from "./up-flags.ts";

const indexFlag = integer("Index of the container if service has multiple replicas");

/** The flag as arguments when it has a value. */
const option = (name: string, value: string): string[] => (value === "" ? [] : [`--${name}=${value}`]);

export const composeAttach = composeCommand({
  usage: "[OPTIONS] SERVICE",
  arity: exactly(1),
  flags: {
    "detach-keys": detachKeysFlag(),
    "dry-run": dryRunFlag,
    index: indexFlag,
    "no-stdin": toggle("Do not attach STDIN"),
    "sig-proxy": toggle("Proxy all received signals to the process", { initial: true }),
  },
  async run({ compose, flags, args }) {
    const [service = ""] = args;
    const { id } = await serviceContainer(compose, service, { index: flags.index, oneOffs: true });
    return delegate(compose, attach, [
      ...option("detach-keys", flags["detach-keys"]),
      ...(flags["no-stdin"] ? ["--no-stdin"] : []),
      `--sig-proxy=${flags["sig-proxy"]}`,
      id,
    ]);
  },
});
