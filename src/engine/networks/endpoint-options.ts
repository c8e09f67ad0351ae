// Driver options of an endpoint: the name of its interface, and its sysctls.
import { BerthError } from "../../api/errors.ts";
import { splitPair } from "../../api/pairs.ts";
import { OPTION_INTERFACE_PREFIX } from "../../network/drivers/driver.ts";
import type { Network } from "./network.ts";
import type { Attachment } from "./records.ts";

const OPTION_INTERFACE_NAME = "com.docker.network.endpoint.ifname";
const OPTION_SYSCTLS = "com.docker.network.endpoint.sysctls";

const DEFAULT_PREFIX = "eth";

/**
 * The name of a container's interface on a network.
 * @param taken the names of its other interfaces
 * @throws BerthError conflict if another one has the name that the client chose
 */
export function interfaceNameFor(network: Network, attachment: Attachment, taken: readonly string[]): string {
  const chosen = chosenInterfaceName(attachment);
  if (chosen && taken.includes(chosen)) {
    throw new BerthError("conflict", `error renaming interface to "${chosen}": file exists`);
  }
  if (chosen) return chosen;
  const prefix = network.record.options[OPTION_INTERFACE_PREFIX] || DEFAULT_PREFIX;
  const names = Array.from({ length: taken.length + 1 }, (_, number) => `${prefix}${number}`);
  return names.find((name) => !taken.includes(name)) ?? `${prefix}${taken.length}`;
}

/** The name that the client chose for an interface. */
export function chosenInterfaceName({ request }: Attachment): string | undefined {
  return request.driverOptions?.[OPTION_INTERFACE_NAME];
}

/** Sysctls such as "net.ipv4.conf.IFNAME.log_martians=1" for an interface, by their paths below /proc/sys. */
export function interfaceOptions({ request }: Attachment, interfaceName: string): Record<string, string> {
  const entries = (request.driverOptions?.[OPTION_SYSCTLS] ?? "").split(",").filter((entry) => entry.includes("="));
  return Object.fromEntries(
    entries.map((entry) => {
      const [name, value = ""] = splitPair(entry);
      const [net, family, kind, , ...option] = name.trim().split(".");
      return [[net, family, kind, interfaceName, ...option].join("/"), value];
    }),
  );
}

const SYSCTL = /^net\.(ipv4|ipv6|mpls)\.(conf|neigh)\.ifname\.[a-z0-9_]+=[^/]*$/i;

const INTERFACE_NAME = /^[^\s/:]{1,15}$/;

/** The problems of an endpoint's driver options. Only sysctls of the interface itself are allowed. */
export function optionProblems(options: Record<string, string> | undefined): string[] {
  const name = options?.[OPTION_INTERFACE_NAME] ?? "";
  const nameProblems = name === "" || INTERFACE_NAME.test(name) ? [] : [`invalid interface name: ${name}`];
  const entries = (options?.[OPTION_SYSCTLS] ?? "").split(",").filter((entry) => entry !== "");
  const sysctlProblems = entries
    .filter((entry) => !SYSCTL.test(entry.trim()))
    .map(
      (entry) =>
        `unrecognised network interface sysctl '${entry}'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'`,
    );
  return [...nameProblems, ...sysctlProblems];
}
