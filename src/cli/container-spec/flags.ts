// The flags that `run` and `create` share.
import type { Ulimit } from "../../api/host-configuration.ts";
import { contentTrustFlag } from "../flags/common.ts";
import type { Flag, FlagOptions } from "../flags/flag.ts";
import { bytes, integer, list, map, text, toggle } from "../flags/kinds.ts";
import { parseCpus } from "../flags/numbers.ts";
import * as check from "./checks.ts";
import { readDeviceRequests } from "./devices.ts";
import { readMount } from "./mounts.ts";
import { readNetwork } from "./networks.ts";
import { readSecret } from "./secrets.ts";
import { supervisionFlags } from "./supervision.ts";

/** A flag that can be given several times, each value read into an object. */
function objects<T>(
  type: string,
  description: string,
  read: (given: string) => T,
  options: FlagOptions = {},
): Flag<readonly T[]> {
  return { type, description, initial: [], ...options, read: (given, previous) => [...previous, read(given)] };
}

const rates = (description: string, read: (given: string) => check.DeviceRate) =>
  objects("list", description, read, { shownDefault: "[]" });

const cpus = (): Flag<number | undefined> => ({
  type: "decimal",
  description: "Number of CPUs",
  initial: undefined,
  read: parseCpus,
});

/** A later limit of the same name replaces the earlier one. */
export const ulimits = (): Flag<readonly Ulimit[]> => ({
  type: "ulimit",
  description: "Ulimit options",
  shownDefault: "[]",
  initial: [],
  read(given, previous) {
    const limit = check.readUlimit(given);
    return [...previous.filter(({ Name }) => Name !== limit.Name), limit];
  },
});

/** What only a Windows engine knows: taken, and refused when it is used. */
const windowsOnly = (type: string, description: string): Flag<string> =>
  text(`${description} (Windows only)`, { type, os: "windows" });

const CGROUPNS = `Cgroup namespace to use (host|private)
'host':    Run the container in the Docker host's cgroup namespace
'private': Run the container in its own private cgroup namespace
'':        Use the cgroup namespace as configured by the
           default-cgroupns-mode option on the daemon (default)`;

/** Limits that `update` has too. */
export function resourceFlags(words: { realtime: string; swap: string }) {
  return {
    "blkio-weight": integer("Block IO (relative weight), between 10 and 1000, or 0 to disable", {
      type: "uint16",
      shownDefault: "0",
      least: 0n,
      most: 65535n,
    }),
    "cpu-period": integer("Limit CPU CFS (Completely Fair Scheduler) period"),
    "cpu-quota": integer("Limit CPU CFS (Completely Fair Scheduler) quota"),
    "cpu-rt-period": integer(`Limit ${words.realtime}CPU real-time period in microseconds`),
    "cpu-rt-runtime": integer(`Limit ${words.realtime}CPU real-time runtime in microseconds`),
    "cpu-shares": integer("CPU shares (relative weight)", { short: "c" }),
    cpus: cpus(),
    "cpuset-cpus": text("CPUs in which to allow execution (0-3, 0,1)"),
    "cpuset-mems": text("MEMs in which to allow execution (0-3, 0,1)"),
    memory: bytes("Memory limit", { short: "m" }),
    "memory-reservation": bytes("Memory soft limit"),
    "memory-swap": bytes(`Swap limit equal to memory plus swap: ${words.swap} to enable unlimited swap`, {
      unlimited: true,
    }),
    "pids-limit": integer("Tune container pids limit (set -1 for unlimited)"),
  };
}

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
    hostname: text("Container host name", { short: "h" }),
    domainname: text("Container NIS domain name"),
    init: toggle("Run an init inside the container that forwards signals and reaps processes"),
    interactive: toggle("Keep STDIN open even if not attached", { short: "i" }),
    "stop-signal": text("Signal to stop the container"),
    "stop-timeout": integer("Timeout (in seconds) to stop a container"),
    tty: toggle("Allocate a pseudo-TTY", { short: "t" }),
    user: text("Username or UID (format: <name|uid>[:<group|gid>])", { short: "u" }),
    workdir: text("Working directory inside the container", { short: "w" }),
  };
}

function isolationFlags() {
  return {
    "cap-add": list("Add Linux capabilities"),
    "cap-drop": list("Drop Linux capabilities"),
    "cgroup-parent": text("Optional parent cgroup for the container"),
    cgroupns: text(CGROUPNS, { complete: ["host", "private"] }),
    device: list("Add a host device to the container", { complete: "files" }),
    "device-cgroup-rule": list("Add a rule to the cgroup allowed devices list", { check: check.checkDeviceRule }),
    gpus: {
      type: "gpu-request",
      description: "GPU devices to add to the container ('all' to pass all GPUs)",
      initial: [],
      since: "1.40",
      read: readDeviceRequests,
    } satisfies Flag<ReturnType<typeof readDeviceRequests>>,
    "group-add": list("Add additional groups to join"),
    ipc: text("IPC mode to use", { complete: ["host", "none", "private", "shareable"] }),
    isolation: text("Container isolation technology"),
    pid: text("PID namespace to use", { complete: ["host"] }),
    privileged: toggle("Give extended privileges to this container"),
    "security-opt": list("Security Options"),
    sysctl: map("Sysctl options", { check: check.checkSysctl }),
    userns: text("User namespace to use", { complete: ["host"] }),
    uts: text("UTS namespace to use", { complete: ["host"] }),
  };
}

function limitFlags() {
  return {
    ...resourceFlags({ realtime: "", swap: "'-1'" }),
    "blkio-weight-device": objects("list", "Block IO weight (relative device weight)", check.readDeviceWeight, {
      shownDefault: "[]",
    }),
    "cpu-count": windowsOnly("int", "CPU count"),
    "cpu-percent": windowsOnly("int", "CPU percent"),
    "device-read-bps": rates("Limit read rate (bytes per second) from a device", check.readByteRate),
    "device-read-iops": rates("Limit read rate (IO per second) from a device", check.readOperationRate),
    "device-write-bps": rates("Limit write rate (bytes per second) to a device", check.readByteRate),
    "device-write-iops": rates("Limit write rate (IO per second) to a device", check.readOperationRate),
    "io-maxbandwidth": windowsOnly("bytes", "Maximum IO bandwidth limit for the system drive"),
    "io-maxiops": windowsOnly("uint", "Maximum IOps limit for the system drive"),
    "kernel-memory": bytes("Kernel memory limit"),
    "memory-swappiness": integer("Tune container memory swappiness (0 to 100)", { shownDefault: "-1" }),
    "oom-kill-disable": toggle("Disable OOM Killer"),
    "oom-score-adj": integer("Tune host's OOM preferences (-1000 to 1000)"),
    "shm-size": bytes("Size of /dev/shm"),
    ulimit: ulimits(),
  };
}

function networkFlags() {
  return {
    "add-host": list("Add a custom host-to-IP mapping (host:ip)", { check: check.checkExtraHost }),
    dns: list("Set custom DNS servers", { check: check.checkAddress }),
    "dns-option": list("Set DNS options", { otherNames: { "dns-opt": "" } }),
    "dns-search": list("Set custom DNS search domains", { check: check.checkSearchDomain }),
    expose: list("Expose a port or a range of ports"),
    ip: text("IPv4 address (e.g., 172.30.100.104)"),
    ip6: text("IPv6 address (e.g., 2001:db8::33)"),
    link: list("Add link to another container", { check: check.checkLink, complete: "containers" }),
    "link-local-ip": list("Container IPv4/IPv6 link-local addresses"),
    "mac-address": text("Container MAC address (e.g., 92:d0:c6:0a:29:33)"),
    network: objects("network", "Connect a container to a network", readNetwork, {
      otherNames: { net: "" },
      complete: "networks",
    }),
    "network-alias": list("Add network-scoped alias for the container", { otherNames: { "net-alias": "" } }),
    publish: list("Publish a container's port(s) to the host", { short: "p" }),
    "publish-all": toggle("Publish all exposed ports to random ports", { short: "P" }),
  };
}

function storageFlags() {
  return {
    mount: objects("mount", "Attach a filesystem mount to the container", readMount),
    "read-only": toggle("Mount the container's root filesystem as read only"),
    secret: objects("secret", "Show a secret to the container as a file", readSecret, { addition: true }),
    "storage-opt": list("Storage driver options for the container"),
    tmpfs: list("Mount a tmpfs directory"),
    "use-api-socket": toggle("Bind mount Docker API socket and required auth"),
    volume: list("Bind mount a volume", { short: "v", complete: "volumes" }),
    "volume-driver": text("Optional volume driver for the container"),
    "volumes-from": list("Mount volumes from the specified container(s)", { complete: "containers" }),
  };
}

/** All of them; `pullWords` differ between the two commands. */
export function createFlags(pullWords: string) {
  return {
    ...processFlags(),
    ...isolationFlags(),
    ...limitFlags(),
    ...networkFlags(),
    ...storageFlags(),
    ...supervisionFlags(),
    annotation: map("Add an annotation to the container (passed through to the OCI runtime)", { since: "1.43" }),
    cidfile: text("Write the container ID to the file", { complete: "files" }),
    "disable-content-trust": contentTrustFlag("verification"),
    label: list("Set meta data on a container", { short: "l", check: check.checkLabel }),
    "label-file": list("Read in a line delimited file of labels", { complete: "files" }),
    "log-driver": text("Logging driver for the container"),
    "log-opt": list("Log driver options"),
    name: text("Assign a name to the container"),
    platform: text("Set platform if server is multi-platform capable"),
    pull: text(pullWords, { initial: "missing", complete: ["always", "missing", "never"] }),
    quiet: toggle("Suppress the pull output", { short: "q" }),
    rm: toggle("Automatically remove the container and its associated anonymous volumes when it exits"),
    runtime: text("Runtime to use for this container"),
  };
}
