// The history record of a build.
import { create, fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { type BuildHistoryRecord, BuildHistoryRecordSchema } from "../../grpc/proto/buildkit/control_pb.ts";
import { StatusSchema } from "../../grpc/proto/google/status_pb.ts";
import type { GrpcError } from "../../grpc/status.ts";
import { timestampOf } from "../../grpc/timestamps.ts";
import type { ExporterRequest } from "./exporters.ts";
import { attestationOf, type Provenance } from "./provenance.ts";
import type { StatusLog } from "./status-log.ts";

/** The build request as shown in the history. */
export interface Recorded {
  frontend: string;
  attributes: Readonly<Record<string, string>>;
  exporters: readonly ExporterRequest[];
}

export interface Outcome {
  /** Milliseconds since 1970. */
  completed: number;
  response: Readonly<Record<string, string>>;
  error: GrpcError | undefined;
  /** Of a build that succeeded. */
  provenance: Provenance | undefined;
}

export function recordOf(
  ref: string,
  { frontend, attributes, exporters }: Recorded,
  started: number,
  { counts }: StatusLog,
  outcome?: Outcome,
): BuildHistoryRecord {
  return create(BuildHistoryRecordSchema, {
    Ref: ref,
    Frontend: frontend,
    FrontendAttrs: withoutCacheOptions(attributes),
    Exporters: exporters.map(({ type, attributes: Attrs }) => ({ Type: type, Attrs: { ...Attrs } })),
    CreatedAt: timestampOf(started),
    numTotalSteps: counts.total,
    numCompletedSteps: counts.completed,
    numCachedSteps: counts.cached,
    numWarnings: counts.warnings,
    ...(outcome === undefined ? {} : ended(outcome)),
  });
}

/** Cache options may contain credentials (CVE-2025-0495). */
function withoutCacheOptions(attributes: Recorded["attributes"]): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !/^cache-(?:imports|from)$/.test(name)));
}

function ended({ completed, response, error, provenance }: Outcome) {
  return {
    CompletedAt: timestampOf(completed),
    ExporterResponse: { ...response },
    ...(provenance === undefined ? {} : { Result: { Attestations: [attestationOf(provenance)] } }),
    ...(error === undefined ? {} : { error: statusOf(error) }),
  };
}

function statusOf({ code, message, details }: GrpcError): MessageInitShape<typeof StatusSchema> {
  return details === undefined ? { code, message } : fromBinary(StatusSchema, details);
}
