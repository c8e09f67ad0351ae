// Progress of transfers, as statuses of their vertex.
import type { StepExecution } from "../graph/step-execution.ts";
import { now } from "../moments.ts";

/** Interval between two reports of a transfer. */
const STATUS_INTERVAL_MS = 100;

/** How much of a directory has been transferred. */
export class TransferStatus {
  private readonly id: string;
  private readonly emit: StepExecution["emit"];
  private readonly started = now();
  private bytes = 0;
  private reported = 0;

  constructor(id: string, emit: StepExecution["emit"]) {
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
