// The BuildKit flags of `docker build`; unsupported ones are rejected by name.
import { statSync } from "node:fs";
import { type Flag, FlagValueError } from "../flags/flag.ts";
import { list, strings, text, toggle } from "../flags/kinds.ts";
import { type ProgressMode, progressModes } from "./display/display.ts";
import { type BuildOutput, readBuildOutput } from "./output.ts";
import { type BuildSecretValues, readBuildSecret } from "./secrets.ts";
import { readSsh, type SshSource } from "./session/sources.ts";

/** A known flag that is not supported. */
function refused(reason: string, options: { bare?: string } = {}): Flag<string> {
  return {
    type: options.bare === undefined ? "string" : "",
    description: "",
    initial: "",
    hidden: true,
    ...options,
    read() {
      throw new FlagValueError(reason);
    },
  };
}

/** A flag that only accepts the values of the default behaviour. */
function only(values: readonly string[], reason: string): Flag<string> {
  return {
    type: "string",
    description: "",
    initial: "",
    hidden: true,
    read(given) {
      if (!values.includes(given)) throw new FlagValueError(reason);
      return given;
    },
  };
}

/** One of a fixed set of words. */
function oneOf<T extends string>(description: string, values: readonly T[], initial: T): Flag<T> {
  return {
    type: "string",
    description,
    initial,
    read(given) {
      const found = values.find((value) => value === given);
      if (found !== undefined) return found;
      throw new FlagValueError(`invalid value ${JSON.stringify(given)}: must be one of ${values.join(", ")}`);
    },
  };
}

/** "NAME=DIRECTORY" or "NAME=docker-image://alpine". */
function checkContext(given: string): string {
  const [, name = "", source = ""] = /^([^=]+)=(.+)$/s.exec(given) ?? [];
  if (name === "") throw new FlagValueError(`invalid context value: ${given}, expected key=value`);
  if (isRemoteContext(source)) return given;
  const status = statSync(source, { throwIfNoEntry: false });
  if (status === undefined) {
    throw new FlagValueError(`failed to get build context ${name}: stat ${source}: no such file or directory`);
  }
  if (status.isDirectory()) return given;
  throw new FlagValueError(`failed to get build context path {${source} <nil>}: not a directory`);
}

/** Whether the engine fetches it itself; otherwise it is a local directory. */
export const isRemoteContext = (source: string): boolean => /^(?:[a-z-]+:\/\/|git@)/.test(source);

const requestedMode = (): ProgressMode =>
  progressModes.find((mode) => mode === process.env.BUILDKIT_PROGRESS) ?? "auto";

const attestations = "Berth's builder makes no attestations";

const CALLS = ["build", "check", "lint", "outline", "targets"] as const;

export const buildkitFlags = {
  output: {
    type: "string",
    description: 'Output destination (format: "type=local,dest=path")',
    short: "o",
    initial: [],
    complete: "directories",
    read: (given, previous) => [...previous, readBuildOutput(given)],
  } satisfies Flag<readonly BuildOutput[]>,
  push: toggle("Push the image to its registry, under every tag it is given"),
  secret: {
    type: "secret",
    description: 'Secret for "RUN --mount=type=secret" (format: "id=mysecret[,src=/local/secret]")',
    initial: {},
    addition: true,
    read: readBuildSecret,
  } satisfies Flag<BuildSecretValues>,

  allow: strings('Allow extra privileged entitlement (e.g., "network.host", "security.insecure")'),
  annotation: list("Add annotation to the image"),
  "build-context": list("Additional build contexts (e.g., name=path)", { check: checkContext }),
  call: oneOf('Set method for evaluating build ("check", "outline", "targets")', CALLS, "build"),
  check: toggle('Shorthand for "--call=check"'),
  "metadata-file": text("Write build result metadata to a file", { complete: "files" }),
  ssh: {
    type: "stringArray",
    description: 'SSH agent socket or keys to expose to the build (format: "default|<id>[=<socket>|<key>[,<key>]]")',
    initial: new Map(),
    read: readSsh,
  } satisfies Flag<ReadonlyMap<string, SshSource>>,
  "no-cache-filter": strings("Do not cache specified stages"),
  progress: oneOf("Set type of progress output (auto, plain, tty, rawjson, quiet)", progressModes, requestedMode()),

  // Accepted without effect.
  load: toggle("", { hidden: true }),
  builder: only(["", "default"], "Berth has one builder, its own: default"),
  provenance: only(["false"], attestations),
  sbom: only(["false"], attestations),

  attest: refused(attestations),
  "cache-to": refused("the cache is the images of earlier builds; push an image and name it with --cache-from"),
};
