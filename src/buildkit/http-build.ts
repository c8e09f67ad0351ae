// `POST /build?version=2`: builds of clients without buildx, whose session is opened by POST /session.
// https://github.com/moby/moby/blob/master/daemon/internal/builder-next/builder.go
import { randomUUID } from "node:crypto";
import * as v from "valibot";
import { buildArgumentsSchema } from "../api/build.ts";
import { BerthError } from "../api/errors.ts";
import type { ProgressLine } from "../api/images.ts";
import { ulimitSchema } from "../api/option-schemas.ts";
import { StatusResponseSchema } from "../grpc/proto/buildkit/control_pb.ts";
import { encode } from "../grpc/service.ts";
import { GrpcError } from "../grpc/status.ts";
import { isTrue } from "./bridge/resources.ts";
import type { ControlService, SolveCall } from "./control/service.ts";
import { Registry } from "./registry.ts";

type Report = (line: ProgressLine) => void;

export interface HttpBuild {
  query: URLSearchParams;
  body: AsyncIterable<Uint8Array>;
  signal: AbortSignal;
}

interface Upload {
  body: AsyncIterable<Uint8Array>;
  /** Called when the body has been read or will not be. */
  done(): void;
}

/** The id of a request that only uploads the context of another one. */
const UPLOAD_PREFIX = "upload-request:";
const UPLOAD_REMOTE = "upload-request";
const SESSION_REMOTE = "client-session";

const outputsSchema = v.array(v.object({ Type: v.string(), Attrs: v.nullish(v.record(v.string(), v.string())) }));

export class HttpBuilds {
  private readonly control: ControlService;
  private readonly uploads = new Registry<Upload>();

  constructor(control: ControlService) {
    this.control = control;
  }

  /** Builds, or receives the context of a build; `tell` writes to the client. @throws BerthError */
  async run(build: HttpBuild, tell: Report): Promise<void> {
    const id = build.query.get("buildid") ?? "";
    try {
      if (id.startsWith(UPLOAD_PREFIX)) await this.bringUpload(id.slice(UPLOAD_PREFIX.length), build);
      else await this.build(id || randomUUID(), build, tell);
    } catch (thrown) {
      // An HTTP answer has no field for a gRPC status: it carries only the message.
      throw thrown instanceof GrpcError ? new BerthError("internal", thrown.message, thrown) : thrown;
    }
  }

  private async bringUpload(id: string, { body, signal }: HttpBuild): Promise<void> {
    if (this.uploads.has(id)) throw new BerthError("conflict", `the context of build ${id} is there already`);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.uploads.add(id, { body, done: resolve });
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    this.uploads.remove(id);
  }

  private async build(id: string, build: HttpBuild, tell: Report): Promise<void> {
    const { query, signal } = build;
    const remote = query.get("remote") ?? "";
    const upload = remote === UPLOAD_REMOTE ? await this.uploads.find(id, signal) : undefined;
    if (remote === UPLOAD_REMOTE && upload === undefined) {
      throw new BerthError("invalidParameter", `the context of build ${id} did not arrive`);
    }
    const body = upload?.body ?? (remote === "" ? build.body : undefined);
    try {
      const { id: imageId } = await this.solve({ ...solveCallOf(id, query), body, signal }, tell);
      if (imageId !== undefined) tell({ id: "moby.image.id", aux: { ID: imageId } });
    } finally {
      upload?.done();
    }
  }

  private async solve(call: SolveCall, tell: Report): Promise<{ id: string | undefined }> {
    const { answer, log } = await this.control.begin(call);
    for await (const status of log.follow(new AbortController().signal)) {
      const aux = Buffer.from(encode(StatusResponseSchema, status)).toString("base64");
      tell({ id: "moby.buildkit.trace", aux });
    }
    return { id: (await answer)["containerimage.digest"] };
  }
}

function solveCallOf(ref: string, query: URLSearchParams): Omit<SolveCall, "body" | "signal"> {
  const text = (name: string): string => query.get(name) ?? "";
  const remote = text("remote");
  const buildArguments = jsonOf(text("buildargs"), buildArgumentsSchema, {});
  const attributes: Record<string, string> = {
    target: text("target"),
    platform: text("platform"),
    "image-resolve-mode": isSet(text("pull")) ? "pull" : "default",
    "cache-from": jsonOf(text("cachefrom"), v.array(v.string()), []).join(","),
    "add-hosts": query
      .getAll("extrahosts")
      .filter((host) => host !== "")
      .map(extraHostOf)
      .join(","),
    "shm-size": text("shmsize"),
    ulimit: jsonOf(text("ulimits"), v.array(ulimitSchema), [])
      .map(({ Name, Soft, Hard }) => `${Name}=${Soft}:${Hard}`)
      .join(","),
    "cgroup-parent": text("cgroupparent"),
    "force-network-mode": text("networkmode"),
  };
  const dockerfile = text("dockerfile");
  if (dockerfile !== "" && dockerfile !== ".") attributes.filename = dockerfile;
  if (remote !== SESSION_REMOTE && remote !== UPLOAD_REMOTE && remote !== "") attributes.context = remote;
  if (isSet(text("nocache"))) attributes["no-cache"] = "";
  for (const [name, value] of Object.entries(buildArguments)) {
    if (value !== null) attributes[`build-arg:${name}`] = value;
  }
  const labels = jsonOf(text("labels"), v.record(v.string(), v.string()), {});
  for (const [name, value] of Object.entries(labels)) attributes[`label:${name}`] = value;
  const exporters = exportersOf(query);
  const frontend = "dockerfile.v0";
  return {
    ref,
    sessionId: text("session"),
    exporters,
    entitlements: text("networkmode") === "host" ? ["network.host"] : [],
    inlineCache: isTrue(buildArguments.BUILDKIT_INLINE_CACHE ?? ""),
    frontend: { frontend, attributes, inputs: {} },
    recorded: { frontend, attributes, exporters },
  };
}

function exportersOf(query: URLSearchParams): SolveCall["exporters"] {
  const name = query
    .getAll("t")
    .filter((tag) => tag !== "")
    .join(",");
  const outputs = jsonOf(query.get("outputs") ?? "", outputsSchema, []);
  if (outputs.length > 1) throw new BerthError("invalidParameter", "multiple outputs not supported");
  const [output] = outputs;
  if (output === undefined) return [{ type: "moby", attributes: { name } }];
  if (output.Type === "cacheonly") return [];
  const isImage = output.Type === "image" || output.Type === "moby";
  return [{ type: output.Type, attributes: { ...output.Attrs, ...(isImage && name !== "" ? { name } : {}) } }];
}

/** Converts "host:address" to the protocol's "host=address". */
function extraHostOf(text: string): string {
  const at = text.search(/[:=]/);
  return at < 0 ? text : `${text.slice(0, at)}=${text.slice(at + 1).replace(/^\[(.*)\]$/, "$1")}`;
}

/** Parses a boolean query parameter as Docker does. */
const isSet = (text: string): boolean => !["", "0", "no", "false", "none"].includes(text.trim().toLowerCase());

function jsonOf<S extends v.GenericSchema>(text: string, schema: S, absent: v.InferOutput<S>): v.InferOutput<S> {
  if (text === "" || text === "null") return absent;
  try {
    return v.parse(schema, JSON.parse(text));
  } catch (thrown) {
    throw new BerthError("invalidParameter", `error reading build options: ${text}`, thrown);
  }
}
