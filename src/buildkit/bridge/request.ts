// Converts the attributes of `dockerfile.v0` to the engine's build request.
// https://github.com/moby/buildkit/blob/master/frontend/dockerui/config.go
import * as v from "valibot";
import { csvFields } from "../../api/csv.ts";
import { BerthError } from "../../api/errors.ts";
import { type Platform, parsePlatform } from "../../api/platforms.ts";
import type { ContextSource, DockerfileSource, NamedContext, SolveRequest } from "../../engine/build/solve-request.ts";
import type { Definition } from "../../grpc/proto/buildkit/ops_pb.ts";
import type { Solve } from "../control/solve.ts";
import { contextOfUrl, sourceOfDefinition, splitOnce } from "./definitions.ts";
import { type Attributes, hostConfigOf, isTrue } from "./resources.ts";

export interface FrontendRequest {
  /** "dockerfile.v0", or "gateway.v0" with the attribute `source`. */
  frontend: string;
  attributes: Attributes;
  /** By name: what contexts `input:NAME` refer to. */
  inputs: Readonly<Record<string, Definition>>;
}

/** @throws BerthError invalidParameter, notImplemented */
export function solveRequestOf(request: FrontendRequest, { options }: Solve): SolveRequest {
  const { attributes, inputs } = request;
  refuseForeignFrontend(request);
  refuseAttestations(attributes);
  const { session, exporters, entitlements } = options;
  for (const [name, value] of withPrefix(attributes, "sharedkey:localdir:")) session.addHint(name, value);
  const context: ContextSource =
    options.body === undefined ? buildContext(attributes, inputs) : { type: "archive", body: options.body };
  const epoch = attributes["build-arg:SOURCE_DATE_EPOCH"] ?? "";
  return {
    id: options.ref,
    frontend: { type: "dockerfile" },
    session,
    context,
    dockerfile: dockerfileOf(attributes, inputs, context),
    namedContexts: namedContexts(attributes, inputs),
    target: attributes.target ?? "",
    platform: platformOf(attributes.platform ?? ""),
    arguments: Object.fromEntries(withPrefix(attributes, "build-arg:")),
    labels: Object.fromEntries(withPrefix(attributes, "label:")),
    noCache: noCacheOf(attributes["no-cache"]),
    pulls: pullsOf(attributes["image-resolve-mode"] ?? ""),
    cacheFrom: cacheImports(attributes),
    cacheFromOnly: false,
    inlineCache: options.inlineCache || isTrue(attributes["build-arg:BUILDKIT_INLINE_CACHE"] ?? ""),
    exporters,
    hostConfig: hostConfigOf(attributes),
    entitlements,
    sourceDateEpoch: /^\d{1,12}$/.test(epoch) ? Number(epoch) : undefined,
  };
}

/** Any release of the official Dockerfile frontend is replaced by the engine's own implementation. */
const OFFICIAL_FRONTEND = /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?:[:@].*)?$/;

function refuseForeignFrontend({ frontend, attributes }: FrontendRequest): void {
  if (frontend === "dockerfile.v0") return;
  const source = attributes.source ?? "";
  if (frontend === "gateway.v0" && OFFICIAL_FRONTEND.test(source)) return;
  const name = frontend === "gateway.v0" ? source : frontend;
  throw new BerthError("notImplemented", `frontend ${name} is not supported: this engine reads Dockerfiles only`);
}

function refuseAttestations(attributes: Attributes): void {
  for (const [type, value] of withPrefix(attributes, "attest:")) {
    if (/(?:^|,)disabled=true(?:,|$)/.test(value)) continue;
    throw new BerthError("notImplemented", `attestations (${type}) are not supported by this engine`);
  }
}

function withPrefix(attributes: Attributes, prefix: string): [name: string, value: string][] {
  return Object.entries(attributes).flatMap(([name, value]): [string, string][] =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
  );
}

function buildContext(attributes: Attributes, inputs: FrontendRequest["inputs"]): ContextSource {
  const name = attributes.contextkey ?? "context";
  const remote = attributes[name] ?? "";
  const input = inputs[name];
  if (input !== undefined) return filesOnly(name, sourceOfDefinition(input));
  if (remote === "") return { type: "directory", name };
  const context = remoteContext(remote);
  const keepsGitDirectory = isTrue(attributes["build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR"] ?? "");
  return context.type === "git" ? { ...context, keepsGitDirectory } : context;
}

/** "https://host/x.git#main:dir" is a repository, any other URL an archive or a Dockerfile. */
function remoteContext(remote: string): ContextSource {
  const [address] = splitOnce(remote, "#");
  const isHttp = /^https?:\/\//.test(remote);
  if (!isHttp || /\.git(?:\?.*)?$/.test(address)) return { type: "git", remote };
  return contextOfUrl(remote);
}

function filesOnly(name: string, context: NamedContext): ContextSource {
  if (context.type !== "image" && context.type !== "result") return context;
  throw new BerthError("notImplemented", `the build context ${name} must be a directory, an archive or a repository`);
}

function dockerfileOf(
  attributes: Attributes,
  inputs: FrontendRequest["inputs"],
  context: ContextSource,
): DockerfileSource {
  const path = attributes.filename ?? "";
  const local = attributes.dockerfilekey;
  if (local !== undefined) return { type: "file", context: { type: "directory", name: local }, path };
  const input = inputs.dockerfile;
  if (input !== undefined) {
    return { type: "file", context: filesOnly("dockerfile", sourceOfDefinition(input)), path };
  }
  // For a directory the client also offers a separate Dockerfile; in a fetched context it is inside the context.
  const own: ContextSource = context.type === "directory" ? { type: "directory", name: "dockerfile" } : context;
  return { type: "file", context: own, path };
}

function namedContexts(attributes: Attributes, inputs: FrontendRequest["inputs"]): Record<string, NamedContext> {
  return Object.fromEntries(
    withPrefix(attributes, "context:").map(([name, value]) => [name.toLowerCase(), namedContext(name, value, inputs)]),
  );
}

function namedContext(name: string, value: string, inputs: FrontendRequest["inputs"]): NamedContext {
  const [scheme, rest] = splitOnce(value, ":");
  if (rest === undefined) {
    throw new BerthError("invalidParameter", `invalid context specifier ${value} for ${name}`);
  }
  if (scheme.startsWith("git@")) return { type: "git", remote: value };
  const location = rest.replace(/^\/\//, "");
  switch (scheme) {
    case "docker-image":
      return location === "scratch" ? { type: "empty" } : { type: "image", reference: location };
    case "local":
      return { type: "directory", name: rest };
    case "input": {
      const input = inputs[rest];
      if (input === undefined) throw new BerthError("invalidParameter", `invalid input ${rest} for ${name}`);
      return sourceOfDefinition(input);
    }
    case "git":
    case "ssh":
    case "http":
    case "https":
      return remoteContext(value);
    default:
      throw new BerthError("notImplemented", `unsupported context source ${scheme} for ${name}`);
  }
}

function platformOf(text: string): Platform | undefined {
  if (text === "") return undefined;
  if (text.includes(",")) {
    throw new BerthError("notImplemented", `several platforms in one build are not supported by this engine: ${text}`);
  }
  return parsePlatform(text);
}

function noCacheOf(value: string | undefined): SolveRequest["noCache"] {
  if (value === undefined) return "none";
  return value === "" ? "all" : { stages: value.split(",") };
}

function pullsOf(mode: string): boolean {
  if (mode === "pull") return true;
  if (["", "default", "local"].includes(mode)) return false;
  throw new BerthError("invalidParameter", `invalid image-resolve-mode: ${mode}`);
}

const cacheImportsSchema = v.array(v.object({ Type: v.string(), Attrs: v.optional(v.record(v.string(), v.string())) }));

/** Image names only; other cache types are not supported, and a missing cache is no error. */
function cacheImports(attributes: Attributes): string[] {
  const names = csvFields(attributes["cache-from"] ?? "");
  const text = attributes["cache-imports"] ?? "";
  if (text === "") return names;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new BerthError("invalidParameter", `failed to unmarshal cache-imports ("${text}")`);
  }
  const imports = v.safeParse(cacheImportsSchema, parsed);
  if (!imports.success) throw new BerthError("invalidParameter", `failed to unmarshal cache-imports ("${text}")`);
  return [...names, ...imports.output.flatMap(({ Type, Attrs }) => (Type === "registry" ? (Attrs?.ref ?? []) : []))];
}
