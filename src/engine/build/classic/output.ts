// Converts build events to the classic builder's output lines.
import type { BuildEvent, BuildObserver } from "../events.ts";
import type { Audience } from "./request.ts";

const RED = "\u001b[91m";
const PLAIN = "\u001b[0m";
const SHORT_ID_LENGTH = 12;

export function shortId(id: string): string {
  return id.replace(/^sha256:/, "").slice(0, SHORT_ID_LENGTH);
}

/** Counts the steps. */
export class ClassicOutput implements BuildObserver {
  private readonly audience: Audience;
  private readonly steps: number;
  private readonly decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  private step = 0;

  constructor(audience: Audience, steps: number) {
    this.audience = audience;
    this.steps = steps;
  }

  line(text: string): void {
    this.audience.tell({ type: "output", text: `${text}\n` });
  }

  /** A warning, printed in red. */
  warn(text: string): void {
    this.audience.tell({ type: "output", text: `${RED}${text}\n${PLAIN}` });
  }

  begin(instruction: string): void {
    this.step += 1;
    this.line(`Step ${this.step}/${this.steps} : ${instruction}`);
  }

  /** @param id undefined while there is no image */
  end(id: string | undefined): void {
    this.line(` ---> ${shortId(id ?? "")}`);
  }

  onEvent(event: BuildEvent): void {
    if (event.type === "vertex" && event.state.type === "cached") this.line(" ---> Using cache");
    if (event.type === "log") {
      const text = this.decoders[event.stream].decode(event.data, { stream: true });
      if (text !== "")
        this.audience.tell({ type: "output", text: event.stream === "stderr" ? `${RED}${text}${PLAIN}` : text });
    }
    if (event.type !== "container") return;
    for (const warning of event.warnings) this.line(` ---> [Warning] ${warning}`);
    if (event.state === "running") this.line(` ---> Running in ${shortId(event.id)}`);
    else this.line(`Removing intermediate container ${shortId(event.id)}`);
  }

  ready(): Promise<void> {
    return this.audience.reader();
  }
}
