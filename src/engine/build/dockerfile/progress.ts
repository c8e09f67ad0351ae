// Progress of pulls and transfers, as statuses of the vertex that waits for them.
import type { ProgressLine } from "../../../api/images.ts";
import type { StepWork } from "../graph/work.ts";
import { now } from "../moments.ts";

/** Between two reports of a transfer. */
const STATUS_INTERVAL_MS = 100;

/** How much of a directory has been transferred. */
export class TransferStatus {
  private readonly id: string;
  private readonly emit: StepWork["emit"];
  private readonly started = now();
  private bytes = 0;
  private reported = 0;

  constructor(id: string, emit: StepWork["emit"]) {
    this.id = id;
    this.emit = emit;
  }

  report(bytes: number): void {
    this.bytes = bytes;
    if (now() - this.reported < STATUS_INTERVAL_MS) return;
    this.reported = now();
    this.tell(undefined);
  }

  end(): void {
    if (this.bytes > 0) this.tell(now());
  }

  private tell(completed: number | undefined): void {
    const { id, bytes: current, started } = this;
    this.emit({ type: "status", id, current, total: 0, started, completed });
  }
}

/** The lines of a pull as the parts of a vertex's work. */
export class PullStatus {
  private readonly work: StepWork;
  private readonly started = new Map<string, number>();

  constructor(work: StepWork) {
    this.work = work;
  }

  tell({ id = "", status = "", progressDetail }: ProgressLine): void {
    if (id === "" || status.startsWith("Pulling from")) return;
    const started = this.started.get(id) ?? now();
    this.started.set(id, started);
    const { current = 0, total = 0 } = progressDetail ?? {};
    const isComplete = status === "Pull complete" || status === "Already exists";
    const completed = isComplete ? now() : undefined;
    this.work.emit({ type: "status", id: `${status.toLowerCase()} ${id}`, current, total, started, completed });
  }
}
