// The builder of POST /build behind the protocol, until the build graph takes its place.
import { createHash, randomUUID } from "node:crypto";
import { BerthError } from "../api/errors.ts";
import type { ProgressLine } from "../api/images.ts";
import { withDefaultTag } from "../api/references.ts";
import type { Builds } from "../engine/build/builds.ts";
import type { BuildObserver } from "../engine/build/events.ts";
import type { BuildSession } from "../engine/build/session.ts";
import type { ContextSource, SolveResult } from "../engine/build/solve-request.ts";
import type { Images } from "../engine/images/images.ts";
import type { BuildEngine } from "./engine.ts";

export function classicEngine({ builds, images }: { builds: Builds; images: Images }): BuildEngine {
  return {
    async solve(request, observer, signal) {
      const { context, dockerfile, session } = request;
      const body = await archiveOf(context, session, signal);
      const events = new LineEvents(observer);
      const id = await builds.build(
        {
          id: request.id,
          remote: "",
          dockerfile: dockerfile.type === "file" ? dockerfile.path : "",
          tags: [],
          target: request.target,
          platform: request.platform,
          isQuiet: false,
          usesCache: request.noCache === "none",
          pulls: request.pulls,
          removes: true,
          removesFailed: true,
          arguments: request.arguments,
          labels: { ...request.labels },
          cacheFrom: [...request.cacheFrom],
          hostConfig: request.hostConfig,
          credentials: {},
          secrets: {},
        },
        body,
        { tell: (line) => events.accept(line), reader: async () => {} },
        signal,
      );
      events.end();
      const result: SolveResult = {
        id: randomUUID(),
        imageId: id,
        config: images.get(id).config,
        metadata: {},
        [Symbol.dispose]() {},
      };
      return result;
    },
    async export(result, { exporters }) {
      for (const exporter of exporters) {
        if (exporter.type !== "image")
          throw new BerthError("notImplemented", "this is not supported through BuildKit's protocol yet");
        for (const name of exporter.names) images.tag(result.imageId ?? "", withDefaultTag(name));
      }
      return { "containerimage.config.digest": result.imageId ?? "", "containerimage.digest": result.imageId ?? "" };
    },
    async describe() {
      throw new BerthError("notImplemented", "this is not supported through BuildKit's protocol yet");
    },
  };
}

async function archiveOf(context: ContextSource, session: BuildSession, signal: AbortSignal) {
  if (context.type !== "directory")
    throw new BerthError("notImplemented", "this is not supported through BuildKit's protocol yet");
  const request = { name: context.name, followPaths: [], include: [], exclude: [] };
  return session.directory(request, new Map(), signal).archive;
}

class LineEvents {
  private readonly observer: BuildObserver;
  private current: { digest: string; name: string; started: number } | undefined;

  constructor(observer: BuildObserver) {
    this.observer = observer;
  }

  accept({ stream = "" }: ProgressLine): void {
    const step = /^(Step \d+\/\d+ : .*)\n/.exec(stream)?.[1];
    if (step !== undefined) {
      this.end();
      this.current = {
        digest: `sha256:${createHash("sha256").update(randomUUID()).digest("hex")}`,
        name: step,
        started: Date.now(),
      };
      this.tell({ type: "started", started: Date.now() });
    } else if (this.current) {
      const { digest } = this.current;
      this.observer.onEvent({
        type: "log",
        vertex: digest,
        stream: "stdout",
        data: Buffer.from(stream),
        time: Date.now(),
      });
    }
  }

  end(): void {
    if (this.current) this.tell({ type: "completed", started: this.current.started, completed: Date.now() });
  }

  private tell(
    state: Parameters<BuildObserver["onEvent"]>[0] extends infer E
      ? E extends { type: "vertex"; state: infer S }
        ? S
        : never
      : never,
  ): void {
    if (!this.current) return;
    const { digest, name } = this.current;
    this.observer.onEvent({ type: "vertex", vertex: { digest, name, inputs: [], platform: undefined }, state });
  }
}
