// The flags that Docker's command has with BuildKit: those that mean something here, and those that are refused by name.
import { type Flag, FlagValueError } from "../flags/flag.ts";
import { toggle } from "../flags/kinds.ts";
import { type BuildOutput, readBuildOutput } from "./output.ts";
import { type BuildSecretValues, readBuildSecret } from "./secrets.ts";

/** A flag that is known and cannot be used. */
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

/** A flag of which only what is done anyway can be asked. */
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

const attestations = "Berth's builder makes no attestations";
const sessions = "it needs a session of BuildKit's, which Berth does not have";

export const buildkitFlags = {
  output: {
    type: "string",
    description: 'Output destination (format: "type=local,dest=path")',
    short: "o",
    initial: { type: "image" },
    complete: "directories",
    read: readBuildOutput,
  } satisfies Flag<BuildOutput>,
  push: toggle("Push the image to its registry, under every tag it is given"),
  secret: {
    type: "secret",
    description: 'Secret for "RUN --mount=type=secret" (format: "id=mysecret[,src=/local/secret]")',
    initial: {},
    addition: true,
    read: readBuildSecret,
  } satisfies Flag<BuildSecretValues>,

  // What happens in any case.
  load: toggle("", { hidden: true }),
  builder: only(["", "default"], "Berth has one builder, its own: default"),
  progress: only(["auto", "plain", "tty"], 'progress is told as with "plain"'),
  provenance: only(["false"], attestations),
  sbom: only(["false"], attestations),

  allow: refused("RUN steps have the rights of any container; --network says which network they have"),
  annotation: refused("images have labels (--label); annotations belong to manifests, which are made when pushing"),
  attest: refused(attestations),
  "build-context": refused(`${sessions}; COPY --from takes files of other images`),
  "cache-to": refused("the cache is the images of earlier builds; push an image and name it with --cache-from"),
  call: refused("Berth's builder builds and checks nothing else"),
  check: refused("Berth's builder builds and checks nothing else", { bare: "true" }),
  "metadata-file": refused("--iidfile writes the image's ID to a file"),
  "no-cache-filter": refused("--no-cache leaves the cache out for all stages"),
  ssh: refused(`${sessions}; hand a key over with --secret`),
};
