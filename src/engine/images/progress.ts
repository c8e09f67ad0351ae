// Events of a pull, push, load or import.
import type { ImageReference } from "../../api/references.ts";

/** The stages of one layer, in the order of a pull, a push, a load and an import. */
export type LayerStage =
  | "pulling fs layer"
  | "already exists"
  | "downloading"
  | `retrying in ${string}`
  | "verifying checksum"
  | "download complete"
  | "extracting"
  | "pull complete"
  | "preparing"
  | "layer already exists"
  | `mounted from ${string}`
  | "pushing"
  | "pushed"
  | "loading layer"
  | "importing";

export type TransferEvent =
  /** `id` is the short digest of a layer; an archive that is imported has none yet. `done` has bytes. */
  | { type: "layer"; id: string; stage: LayerStage; done?: { current: number; total: number } }
  /** `version` is a tag or a digest. */
  | { type: "pulling"; path: string; version: string }
  | { type: "pulled"; reference: ImageReference; digest: string; isNew: boolean }
  /** `repository` is the full name. */
  | { type: "pushing"; repository: string }
  /** `size` is that of the manifest. */
  | { type: "pushed"; tag: string; digest: string; size: number }
  | { type: "downloading"; url: string }
  /** A name was taken from another image. */
  | { type: "renamed"; name: string; previousId: string }
  | { type: "loaded"; id: string; name: string | undefined };

export type TellProgress = (event: TransferEvent) => void;

const MILLISECONDS_BETWEEN_EVENTS = 100;
const SHORT_DIGEST = 12;

/** A layer's ID in events. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, "").slice(0, SHORT_DIGEST);
}

/** Events of one layer replace each other; others are kept. */
export const progressKey = (event: TransferEvent): string =>
  event.type === "layer" ? event.id : JSON.stringify(event);

/** Rate-limited progress of one layer. */
export class Progress {
  private readonly tell: TellProgress;
  private readonly id: string;
  private lastReported = 0;
  private lastStage: LayerStage | undefined;

  constructor(tell: TellProgress, id: string) {
    this.tell = tell;
    this.id = id;
  }

  stage(stage: LayerStage): void {
    this.lastStage = stage;
    this.tell({ type: "layer", id: this.id, stage });
  }

  /** `current` and `total` are bytes. */
  at(stage: LayerStage, current: number, total: number): void {
    const now = performance.now();
    if (stage === this.lastStage && now - this.lastReported < MILLISECONDS_BETWEEN_EVENTS) return;
    this.lastStage = stage;
    this.lastReported = now;
    this.tell({ type: "layer", id: this.id, stage, done: { current, total } });
  }
}

export const retryingIn = (seconds: number): LayerStage => `retrying in ${seconds} second${seconds === 1 ? "" : "s"}`;
