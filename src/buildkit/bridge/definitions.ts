// LLB definitions of a single source, which clients send to name a file tree. Build results are named with a private
// scheme, which clients send back unchanged.
import { createHash } from "node:crypto";
import { posix } from "node:path";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { BerthError } from "../../api/errors.ts";
import type { NamedContext } from "../../engine/build/solve-request.ts";
import {
  type Definition,
  type DefinitionSchema,
  type FileOp,
  type Op,
  OpSchema,
  type SourceOp,
} from "../../grpc/proto/buildkit/ops_pb.ts";
import { decode, encode } from "../../grpc/service.ts";
import { UPLOAD_HOST } from "../session/client-session.ts";
import { isTrue } from "./resources.ts";

const RESULT_SCHEME = "berth-result://";
const MAX_OPERATIONS = 1000;

/** The definition that refers to a result. */
export const definitionOfResult = (id: string) => definitionOfSource(`${RESULT_SCHEME}${id}`);

/** The definition of a single source. */
export function definitionOfSource(identifier: string) {
  const source = encode(OpSchema, { op: { case: "source", value: { identifier } } });
  const digest = digestOf(source);
  // The last operation of a definition only references the target operation.
  const terminal = encode(OpSchema, { inputs: [{ digest, index: 0n }] });
  return { def: [source, terminal], metadata: { [digest]: {} } } satisfies MessageInitShape<typeof DefinitionSchema>;
}

/** The only source of a definition. */
export interface SingleSource {
  source: SourceOp;
  /** Whether the definition also unpacks the source, if that is an archive. */
  isUnpacked: boolean;
  /** The part of it that is meant; "/" is all of it. */
  directory: string;
}

/**
 * Parses a definition of one source.
 * @throws BerthError notImplemented for any other: there is no general LLB solver
 */
export function sourceOfDefinition(definition: Definition): NamedContext {
  const single = singleSource(definition);
  return single === undefined ? { type: "empty" } : contextOfSource(single);
}

/** Undefined for an empty definition. @throws BerthError notImplemented */
export function singleSource(definition: Definition): SingleSource | undefined {
  if (definition.def.length === 0) return undefined;
  if (definition.def.length > MAX_OPERATIONS) throw foreign("a definition of many operations");
  const operations = new Map(definition.def.map((bytes) => [digestOf(bytes), decode(OpSchema, bytes)]));
  const inputOf = (operation: Op | undefined): Op | undefined => operations.get(operation?.inputs[0]?.digest ?? "");
  const operation = inputOf([...operations.values()].at(-1));
  if (operation?.op.case === undefined) throw foreign("a definition without an operation");
  if (operation.op.case === "source") return { source: operation.op.value, isUnpacked: false, directory: "/" };
  const copied = operation.op.case === "file" ? copyOf(operation.op.value) : undefined;
  const source = copied && inputOf(operation)?.op;
  if (copied && source?.case === "source") return { source: source.value, ...copied };
  throw foreign(`the operation "${operation.op.case}"`);
}

/**
 * What clients send for a URL that may be an archive, a copy of the one file with unpacking; and for a directory of a
 * repository that a bake file is in, a copy of its content.
 */
function copyOf({ actions }: FileOp): Omit<SingleSource, "source"> | undefined {
  const [first, ...more] = actions;
  if (more.length > 0 || first?.action.case !== "copy") return undefined;
  const { src, dest, dirCopyContents, attemptUnpackDockerCompatibility } = first.action.value;
  if (attemptUnpackDockerCompatibility) return { isUnpacked: true, directory: "/" };
  const directory = posix.resolve("/", src);
  return dirCopyContents && dest === "/" ? { isUnpacked: false, directory } : undefined;
}

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

function contextOfSource({ source: { identifier, attrs }, directory }: SingleSource): NamedContext {
  const at = identifier.indexOf("://");
  const scheme = identifier.slice(0, Math.max(0, at));
  const rest = identifier.slice(at + 3);
  if (directory !== "/" && scheme !== "git") throw foreign(`a directory of the source "${identifier}"`);
  switch (scheme) {
    case "berth-result":
      return { type: "result", id: rest };
    case "local":
      return { type: "directory", name: rest };
    case "docker-image":
      return { type: "image", reference: rest };
    case "git":
      return { type: "git", remote: gitRemote(rest, attrs, directory) };
    case "http":
    case "https":
      return contextOfUrl(identifier);
    default:
      throw foreign(`the source "${identifier}"`);
  }
}

/** "git://host/path#ref:directory"; an attribute has the address as the user typed it, others the rest of it. */
function gitRemote(rest: string, attributes: Readonly<Record<string, string>>, directory: string): string {
  const [location = "", fragment = ""] = splitOnce(rest, "#");
  const [reference, subdirectory = ""] = splitOnce(fragment, ":");
  const full = attributes["git.fullurl"] ?? `https://${location}`;
  const query = new URLSearchParams();
  const checksum = attributes["git.checksum"] ?? "";
  if (checksum !== "") query.set("checksum", checksum);
  if (isTrue(attributes["git.keepgitdir"] ?? "")) query.set("keep-git-dir", "true");
  if (isTrue(attributes["git.skipsubmodules"] ?? "")) query.set("submodules", "false");
  const address = query.size === 0 ? full : `${full}${full.includes("?") ? "&" : "?"}${query}`;
  const meant = posix.join("/", subdirectory, directory).slice(1);
  if (reference === "" && meant === "") return address;
  return `${address}#${reference}${meant === "" ? "" : `:${meant}`}`;
}

/** The URL of an archive, a Dockerfile, or a client's upload. */
export function contextOfUrl(url: string): NamedContext & { type: "url" | "upload" } {
  const upload = `http://${UPLOAD_HOST}/`;
  return url.startsWith(upload) ? { type: "upload", id: url.slice(upload.length) } : { type: "url", url };
}

export function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

const foreign = (what: string): BerthError =>
  new BerthError("notImplemented", `${what} is not supported: this engine builds Dockerfiles, not other LLB`);
