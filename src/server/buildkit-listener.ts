// A socket that speaks BuildKit's gRPC from the first byte: what buildx's remote driver and buildctl connect to.
import { rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import type { Log } from "../api/log.ts";
import type { LoadBuildKit } from "./routes/buildkit.ts";
import { clearSocketPath, listenOnUnix } from "./sockets.ts";

export class BuildKitListener {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private path: string | undefined;

  constructor(load: LoadBuildKit, log: Log) {
    this.server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
      socket.on("error", (error) => log.debug("gRPC connection failed", { error }));
      // The client's data stays in the socket until it is read.
      socket.pause();
      load()
        .then(({ buildkit }) => buildkit.serve(socket))
        .catch((error: unknown) => {
          log.error("failed to serve BuildKit's protocol", { error });
          socket.destroy();
        });
    });
    this.server.on("error", (error) => log.error("listener failed", { error }));
  }

  /** For root and one group. @throws BerthError when another daemon answers at the path */
  async listen(path: string, groupId: number): Promise<void> {
    await clearSocketPath(path);
    const listening = {
      listen: (target: { path: string }) =>
        new Promise<void>((resolve, reject) => {
          this.server.once("error", reject);
          this.server.listen(target, resolve);
        }),
    };
    await listenOnUnix(listening, path, groupId);
    this.path = path;
  }

  stop(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    if (this.path !== undefined) rmSync(this.path, { force: true });
  }
}
