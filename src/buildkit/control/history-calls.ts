// Control service: the build history.
import type { MessageInitShape } from "@bufbuild/protobuf";
import { BerthError } from "../../api/errors.ts";
import {
  type BuildHistoryEventSchema,
  BuildHistoryEventType,
  type BuildHistoryRecord,
  type BuildHistoryRequest,
  Control,
} from "../../grpc/proto/buildkit/control_pb.ts";
import { type CallContext, type Method, serverStream, unary } from "../../grpc/service.ts";
import { type Fields, filterOf } from "./filters.ts";
import type { History } from "./history.ts";

export interface HistoryCallsParts {
  history: History;
  /** Running builds. */
  active(): BuildHistoryRecord[];
  /** Resolves when a build starts or ends, or the signal is aborted. */
  change(signal: AbortSignal): Promise<void>;
}

type EventInit = MessageInitShape<typeof BuildHistoryEventSchema>;

export function historyMethods(parts: HistoryCallsParts): Method[] {
  const { method } = Control;
  return [
    serverStream(method.listenBuildHistory, (request, context) => listen(parts, request, context)),
    unary(method.updateBuildHistory, async ({ Ref, Delete, Pinned }) => {
      const { history } = parts;
      if (!history.has(Ref)) throw new BerthError("notFound", `failed to retrieve record ${Ref}`);
      if (Delete) history.remove(Ref);
      else await history.pin(Ref, Pinned);
      return {};
    }),
  ];
}

async function* listen(
  { history, active, change }: HistoryCallsParts,
  request: BuildHistoryRequest,
  { signal }: CallContext,
): AsyncGenerator<EventInit, void, void> {
  const matches = filterOf(request.Filter);
  const isWanted = (record: BuildHistoryRecord): boolean =>
    (request.Ref === "" || record.Ref === request.Ref) && matches(fieldsOf(record));
  const sent = new Map<string, string>();
  for (;;) {
    const running = active().filter(isWanted);
    const completed = request.ActiveOnly ? [] : history.list().filter(isWanted);
    const events = [
      ...running.map((record) => ({ type: BuildHistoryEventType.STARTED, record })),
      ...completed
        .slice(0, request.Limit > 0 ? request.Limit : undefined)
        .map((record) => ({ type: BuildHistoryEventType.COMPLETE, record })),
    ];
    for (const event of events) {
      if (sent.get(event.record.Ref) === String(event.type)) continue;
      sent.set(event.record.Ref, String(event.type));
      yield event;
    }
    if (request.EarlyExit || signal.aborted) return;
    await change(signal);
  }
}

function fieldsOf({ Ref, CompletedAt, error, FrontendAttrs }: BuildHistoryRecord): Fields {
  const status = (): string => {
    if (CompletedAt === undefined) return "running";
    if (error === undefined) return "completed";
    return error.message.includes("context canceled") ? "canceled" : "error";
  };
  return (name) => {
    if (name === "ref") return Ref;
    if (name === "status") return status();
    if (name === "repository") return FrontendAttrs["vcs:source"] ?? FrontendAttrs.context;
    return undefined;
  };
}
