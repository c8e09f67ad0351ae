// Maps requested exporters to the engine's.
import { BerthError } from "../../api/errors.ts";
import { parseReference } from "../../api/references.ts";
import type { Exporter } from "../../engine/build/solve-request.ts";
import type { SolveRequest } from "../../grpc/proto/buildkit/control_pb.ts";
import { isTrue } from "../bridge/resources.ts";

/** Options like "annotation.KEY" and "annotation-index[linux/amd64].KEY". */
const ANNOTATION = /^annotation(?:-[a-z-]+)?(?:\[[^\]]*\])?\./;

export interface ExporterRequest {
  type: string;
  attributes: Readonly<Record<string, string>>;
}

/** The exporters of a request; old clients send a single one. */
export function requestedExporters(request: SolveRequest): ExporterRequest[] {
  if (request.Exporters.length > 0)
    return request.Exporters.map(({ Type, Attrs }) => ({ type: Type, attributes: Attrs }));
  if (request.ExporterDeprecated === "") return [];
  return [{ type: request.ExporterDeprecated, attributes: request.ExporterAttrsDeprecated }];
}

/** @throws BerthError invalidParameter, notImplemented */
export function exporterOf({ type, attributes }: ExporterRequest): Exporter {
  switch (type) {
    // Docker's own exporter is "moby"; clients connected directly use BuildKit's names.
    case "moby":
    case "image":
      return imageExporter(type, attributes);
    case "local":
    case "tar":
      return { type };
    default:
      throw new BerthError("notImplemented", `exporter "${type}" is not supported by this engine`);
  }
}

function imageExporter(type: string, attributes: ExporterRequest["attributes"]): Exporter {
  const names = (attributes.name ?? "").split(",").filter((name) => name !== "");
  // With the docker driver (exporter "moby") the client pushes through the engine's API.
  const pushes = type === "image" && isTrue(attributes.push ?? "");
  if (pushes && names.length === 0) {
    throw new BerthError("invalidParameter", "tag is needed when pushing to registry");
  }
  if (pushes && isTrue(attributes["push-by-digest"] ?? "")) {
    throw new BerthError("notImplemented", "exporter option push-by-digest=true is not supported by this engine");
  }
  return {
    type: "image",
    hasAnnotations: Object.keys(attributes).some((name) => ANNOTATION.test(name)),
    names: names.map(tagOf),
    pushes,
  };
}

function tagOf(name: string) {
  const reference = parseReference(name);
  if (reference.digest === undefined) return reference;
  throw new BerthError("invalidParameter", "build tag cannot contain a digest");
}
