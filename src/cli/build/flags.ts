// The flags of `build`, and the build options derived from them.
import { parseReference } from "../../api/references.ts";
import type { BuildOptions } from "../../client/index.ts";
import { setting } from "../config/environment.ts";
import { checkEnvironment, checkExtraHost, checkLabel } from "../container-spec/checks.ts";
import { ulimits } from "../container-spec/options.ts";
import { contentTrustFlag } from "../flags/common.ts";
import { FlagValueError, type FlagValues } from "../flags/flag.ts";
import { bytes, integer, list, strings, text, toggle } from "../flags/kinds.ts";
import { failureText } from "../report.ts";
import { buildkitFlags, isRemoteContext } from "./buildkit-flags.ts";

function checkTag(given: string): string {
  try {
    parseReference(given);
  } catch (thrown) {
    throw new FlagValueError(failureText(thrown));
  }
  return given;
}

function limitFlags() {
  return {
    "cgroup-parent": text('Set the parent cgroup for the "RUN" instructions during build'),
    "cpu-period": integer("Limit the CPU CFS (Completely Fair Scheduler) period"),
    "cpu-quota": integer("Limit the CPU CFS (Completely Fair Scheduler) quota"),
    "cpu-shares": integer("CPU shares (relative weight)", { short: "c" }),
    "cpuset-cpus": text("CPUs in which to allow execution (0-3, 0,1)"),
    "cpuset-mems": text("MEMs in which to allow execution (0-3, 0,1)"),
    isolation: text("Container isolation technology"),
    memory: bytes("Memory limit", { short: "m" }),
    "memory-swap": bytes("Swap limit equal to memory plus swap: -1 to enable unlimited swap", { unlimited: true }),
    "security-opt": strings("Security options"),
    "shm-size": bytes('Size of "/dev/shm"'),
    ulimit: ulimits("Ulimit options"),
  };
}

export function buildFlags() {
  return {
    ...limitFlags(),
    ...buildkitFlags,
    "add-host": list('Add a custom host-to-IP mapping ("host:ip")', { check: checkExtraHost }),
    "build-arg": list("Set build-time variables", { check: checkEnvironment }),
    "cache-from": strings("Images to consider as cache sources", { complete: "images" }),
    compress: toggle("Compress the build context using gzip"),
    "disable-content-trust": contentTrustFlag("verification"),
    file: text('Name of the Dockerfile (Default is "PATH/Dockerfile")', { short: "f", complete: "files" }),
    "force-rm": toggle("Always remove intermediate containers"),
    iidfile: text("Write the image ID to the file", { complete: "files" }),
    label: list("Set metadata for an image", { check: checkLabel }),
    network: text("Set the networking mode for the RUN instructions during build", {
      initial: "default",
      complete: "networks",
    }),
    "no-cache": toggle("Do not use cache when building the image"),
    platform: text("Set platform if server is multi-platform capable", { initial: setting("DEFAULT_PLATFORM") ?? "" }),
    pull: toggle("Always attempt to pull a newer version of the image"),
    quiet: toggle("Suppress the build output and print image ID on success", { short: "q" }),
    rm: toggle("Remove intermediate containers after a successful build", { initial: true }),
    // Docker shows it only for engines with experimental features.
    squash: toggle("Squash newly built layers into a single new layer", { hidden: true }),
    tag: list('Name and optionally a tag in the "name:tag" format', {
      short: "t",
      check: checkTag,
      complete: "images",
    }),
    target: text("Set the target build stage to build."),
  };
}

export type BuildValues = FlagValues<ReturnType<typeof buildFlags>>;

/** "KEY=value" pairs; a KEY without a value gets `bare`. */
function pairs<T>(given: readonly string[], bare: T): Record<string, string | T> {
  return Object.fromEntries(
    given.map((text) => {
      const [key = "", value] = text.split(/=(.*)/s);
      return [key, value ?? bare];
    }),
  );
}

/** @param proxies additional build arguments, as KEY=value */
export function buildOptions(flags: BuildValues, proxies: readonly string[]): BuildOptions {
  return {
    tags: flags.tag,
    target: flags.target,
    platform: flags.platform,
    quiet: flags.quiet,
    noCache: flags["no-cache"],
    pull: flags.pull,
    remove: flags.rm,
    forceRemove: flags["force-rm"],
    squash: flags.squash,
    buildArguments: pairs([...flags["build-arg"], ...proxies], null),
    labels: pairs(flags.label, ""),
    cacheFrom: cacheImages(flags["cache-from"]),
    networkMode: flags.network === "default" ? "" : flags.network,
    extraHosts: flags["add-host"],
    memory: flags.memory,
    memorySwap: flags["memory-swap"],
    shmSize: flags["shm-size"],
    cpuShares: flags["cpu-shares"],
    cpuPeriod: flags["cpu-period"],
    cpuQuota: flags["cpu-quota"],
    cpusetCpus: flags["cpuset-cpus"],
    cpusetMems: flags["cpuset-mems"],
    cgroupParent: flags["cgroup-parent"],
    ulimits: flags.ulimit,
    securityOptions: flags["security-opt"],
    isolation: flags.isolation,
    secrets: flags.secret,
  };
}

/** What only BuildKit-style builds support. */
export function graphOptions(flags: BuildValues): NonNullable<BuildOptions["graph"]> {
  const { allow, "build-context": contexts, "no-cache-filter": noCacheFilter, network } = flags;
  const local = ([name, source]: [string, string]): [string, string] => [
    name,
    isRemoteContext(source) ? source : `local:${name}`,
  ];
  const call = flags.check ? "check" : flags.call;
  return {
    noCacheFilter,
    contexts: Object.fromEntries(Object.entries(pairs(contexts, "")).map(local)),
    allow: network === "host" ? [...allow, "network.host"] : allow,
    ...(call === "build" ? {} : { call: call === "check" ? "lint" : call }),
  };
}

/** The local directories that the build may request, by name. */
export function localContexts(flags: BuildValues): Map<string, string> {
  const contexts = Object.entries(pairs(flags["build-context"], ""));
  return new Map(contexts.filter(([, source]) => !isRemoteContext(source)));
}

/** Image names; BuildKit's "type=registry,ref=NAME" is equivalent. */
function cacheImages(given: readonly string[]): string[] {
  return given.filter((part) => part !== "type=registry").map((part) => part.replace(/^ref=/, ""));
}
