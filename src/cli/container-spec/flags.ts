// Flags shared by `run` and `create`: those from the option tables and those with their own syntax.
import {
  configOptions,
  hostOptions,
  limitOptions,
  namespaceOptions,
  resourceOptions,
} from "../../api/container-options.ts";
import { contentTrustFlag } from "../flags/common.ts";
import type { Flag } from "../flags/flag.ts";
import { bytes, integer, list, text, toggle } from "../flags/kinds.ts";
import * as check from "./checks.ts";
import { readDeviceRequests } from "./devices.ts";
import { readMount } from "./mounts.ts";
import { readNetwork } from "./networks.ts";
import { objects, optionFlags } from "./options.ts";
import { readSecret } from "./secrets.ts";
import { supervisionFlags } from "./supervision.ts";

/** Windows-only flags: accepted by the parser, rejected when used. */
const windowsOnly = (type: string, description: string): Flag<string> =>
  text(`${description} (Windows only)`, { type, os: "windows" });

function processFlags() {
  return {
    attach: list("Attach to STDIN, STDOUT or STDERR", {
      short: "a",
      check: check.checkAttach,
      complete: ["stdin", "stdout", "stderr"],
    }),
    entrypoint: text("Overwrite the default ENTRYPOINT of the image"),
    env: list("Set environment variables", { short: "e", check: check.checkEnvironment }),
    "env-file": list("Read in a file of environment variables", { complete: "files" }),
    interactive: toggle("Keep STDIN open even if not attached", { short: "i" }),
  };
}

function isolationFlags() {
  return {
    "cap-add": list("Add Linux capabilities"),
    "cap-drop": list("Drop Linux capabilities"),
    device: list("Add a host device to the container", { complete: "files" }),
    gpus: {
      type: "gpu-request",
      description: "GPU devices to add to the container ('all' to pass all GPUs)",
      initial: [],
      since: "1.40",
      read: readDeviceRequests,
    } satisfies Flag<ReturnType<typeof readDeviceRequests>>,
    "security-opt": list("Security Options"),
  };
}

function limitFlags() {
  return {
    "cpu-count": windowsOnly("int", "CPU count"),
    "cpu-percent": windowsOnly("int", "CPU percent"),
    "io-maxbandwidth": windowsOnly("bytes", "Maximum IO bandwidth limit for the system drive"),
    "io-maxiops": windowsOnly("uint", "Maximum IOps limit for the system drive"),
    "kernel-memory": bytes("Kernel memory limit"),
    "memory-swappiness": integer("Tune container memory swappiness (0 to 100)", { shownDefault: "-1" }),
  };
}

function networkFlags() {
  return {
    expose: list("Expose a port or a range of ports"),
    ip: text("IPv4 address (e.g., 172.30.100.104)"),
    ip6: text("IPv6 address (e.g., 2001:db8::33)"),
    "link-local-ip": list("Container IPv4/IPv6 link-local addresses"),
    "mac-address": text("Container MAC address (e.g., 92:d0:c6:0a:29:33)"),
    network: objects("network", "Connect a container to a network", readNetwork, {
      otherNames: { net: "" },
      complete: "networks",
    }),
    "network-alias": list("Add network-scoped alias for the container", { otherNames: { "net-alias": "" } }),
    publish: list("Publish a container's port(s) to the host", { short: "p" }),
  };
}

function storageFlags() {
  return {
    mount: objects("mount", "Attach a filesystem mount to the container", readMount),
    secret: objects("secret", "Provide a secret to the container as a file", readSecret, { addition: true }),
    "storage-opt": list("Storage driver options for the container"),
    tmpfs: list("Mount a tmpfs directory"),
    "use-api-socket": toggle("Bind mount Docker API socket and required auth"),
    volume: list("Bind mount a volume", { short: "v", complete: "volumes" }),
  };
}

/** All flags; the text of `--pull` differs between the two commands. */
export function createFlags(pullWords: string) {
  return {
    ...optionFlags(configOptions),
    ...optionFlags(hostOptions),
    ...optionFlags(namespaceOptions),
    ...optionFlags(limitOptions),
    ...optionFlags(resourceOptions),
    ...processFlags(),
    ...isolationFlags(),
    ...limitFlags(),
    ...networkFlags(),
    ...storageFlags(),
    ...supervisionFlags(),
    "disable-content-trust": contentTrustFlag("verification"),
    label: list("Set meta data on a container", { short: "l", check: check.checkLabel }),
    "label-file": list("Read in a line delimited file of labels", { complete: "files" }),
    "log-driver": text("Logging driver for the container"),
    "log-opt": list("Log driver options"),
    name: text("Assign a name to the container"),
    platform: text("Set platform if server is multi-platform capable"),
    pull: text(pullWords, { initial: "missing", complete: ["always", "missing", "never"] }),
    quiet: toggle("Suppress the pull output", { short: "q" }),
  };
}
