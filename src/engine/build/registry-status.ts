// Progress of pulls and pushes, as statuses of their vertex.
import type { LayerStage, TransferEvent } from "../images/progress.ts";
import type { VertexStatus } from "./events.ts";
import { now } from "./moments.ts";

type EmitStatus = (event: { type: "status" } & Omit<VertexStatus, "vertex">) => void;

const LAST_STAGES: readonly LayerStage[] = ["pull complete", "already exists", "pushed", "layer already exists"];

/** Converts the events of a pull or push to statuses. */
export class RegistryStatus {
  private readonly emit: EmitStatus;
  private readonly started = new Map<string, number>();

  constructor(emit: EmitStatus) {
    this.emit = emit;
  }

  tell(event: TransferEvent): void {
    if (event.type !== "layer") return;
    const { id, stage, done: { current, total } = { current: 0, total: 0 } } = event;
    const started = this.started.get(id) ?? now();
    this.started.set(id, started);
    const completed = LAST_STAGES.includes(stage) ? now() : undefined;
    this.emit({ type: "status", id: `${stage} ${id}`, current, total, started, completed });
  }
}
