// Progress of pulls and pushes, as statuses of their vertex.
import type { ProgressLine } from "../../api/images.ts";
import type { VertexStatus } from "./events.ts";
import { now } from "./moments.ts";

type EmitStatus = (event: { type: "status" } & Omit<VertexStatus, "vertex">) => void;

const COMPLETE = new Set(["Pull complete", "Already exists", "Pushed", "Layer already exists"]);

/** Converts the progress lines of a pull or push to statuses. */
export class RegistryStatus {
  private readonly emit: EmitStatus;
  private readonly started = new Map<string, number>();

  constructor(emit: EmitStatus) {
    this.emit = emit;
  }

  tell({ id = "", status = "", progressDetail }: ProgressLine): void {
    if (id === "" || /^Pulling from|: digest: /.test(status)) return;
    const started = this.started.get(id) ?? now();
    this.started.set(id, started);
    const { current = 0, total = 0 } = progressDetail ?? {};
    const isComplete = COMPLETE.has(status);
    const completed = isComplete ? now() : undefined;
    this.emit({ type: "status", id: `${status.toLowerCase()} ${id}`, current, total, started, completed });
  }
}
