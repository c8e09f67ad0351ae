// The provenance of a finished build, which clients read from its history record for `--metadata-file`. Form: SLSA provenance
// 0.2 (slsa.dev/provenance/v0.2) as BuildKit fills it. Sources of the build are not listed, and it says so.
import { createHash } from "node:crypto";
import { formatPlatform, hostPlatform } from "../../api/platforms.ts";

/** Also where the client calls the frontend through the gateway. */
const DOCKERFILE_FRONTEND = "dockerfile.v0";
const BUILD_TYPE = "https://mobyproject.org/buildkit@v1";
const MEDIA_TYPE = "application/vnd.in-toto+json";
const PREDICATE_TYPE = "https://slsa.dev/provenance/v0.2";

/** Attributes that describe the host, or are no arguments of the build. */
const OMITTED = /^(?:cgroup-parent|image-resolve-mode|platform|cache-imports|cache-from|attest:.*)$/;

type Attributes = Readonly<Record<string, string>>;

export interface Provenance {
  /** Of {@link json}. */
  digest: string;
  json: Uint8Array;
}

/** @param request the frontend's name, "" for a client that calls it through the gateway, and its attributes */
export function provenanceOf(request: { frontend: string; attributes: Attributes }): Provenance {
  const { frontend, attributes } = request;
  const contextKey = attributes.contextkey || (attributes["input:context"] ? "input:context" : "context");
  const { [contextKey]: context, filename, ...others } = attributes;
  const shown = Object.entries(others).filter(([name]) => !OMITTED.test(name));
  const revision = shown.filter(([name, value]) => name.startsWith("vcs:") && value !== "");
  const locals = [...(context ? [] : ["context", "dockerfile"]), ...namedDirectories(attributes)];
  const args = shown.filter(([name]) => !name.startsWith("vcs:"));
  const predicate = {
    builder: { id: "" },
    buildType: BUILD_TYPE,
    invocation: {
      configSource: {
        ...(context ? { uri: withoutPassword(context) } : {}),
        ...(filename ? { entryPoint: filename } : {}),
      },
      parameters: {
        frontend: frontend || DOCKERFILE_FRONTEND,
        ...(args.length > 0
          ? { args: Object.fromEntries(args.map(([name, value]) => [name, withoutPassword(value)])) }
          : {}),
        ...(locals.length > 0 ? { locals: locals.map((name) => ({ name })) } : {}),
      },
      environment: { platform: formatPlatform(hostPlatform) },
    },
    metadata: {
      completeness: { parameters: true, environment: true, materials: false },
      reproducible: false,
      [`${BUILD_TYPE}#metadata`]:
        revision.length > 0
          ? {
              vcs: Object.fromEntries(
                revision.map(([name, value]) => [name.slice("vcs:".length), withoutPassword(value)]),
              ),
            }
          : {},
    },
  };
  const json = Buffer.from(JSON.stringify(predicate));
  return { digest: `sha256:${createHash("sha256").update(json).digest("hex")}`, json };
}

/** How a history record refers to it. */
export const attestationOf = ({ digest, json }: Provenance) => ({
  mediaType: MEDIA_TYPE,
  digest,
  size: BigInt(json.length),
  annotations: { "in-toto.io/predicate-type": PREDICATE_TYPE },
});

/** The directories that the client sends besides the context, by name. */
function namedDirectories(attributes: Attributes): string[] {
  return Object.entries(attributes).flatMap(([name, value]) => {
    const [, directory] = /^local:(.+)$/.exec(value) ?? [];
    return name.startsWith("context:") && directory !== undefined ? [directory] : [];
  });
}

/** A URL without the user's name and password, which must not get into a file that is passed on. */
function withoutPassword(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, "$1xxxxx@");
}
