// Execs as front ends see them: further processes in running containers, named by their IDs.
import { messageOf } from "../api/errors.ts";
import { encodeFrame, STDOUT } from "../api/streams.ts";
import type { Containers } from "./containers/containers.ts";
import type { ExecInstance, ExecRequest, InspectedExec } from "./containers/exec/exec-instance.ts";
import { readDetachKeys } from "./containers/streams/detach-keys.ts";
import { type ClientConnection, joinStreams, type StreamEnd } from "./containers/streams/join.ts";
import type { StdioClient } from "./containers/streams/stdio.ts";
import { type ReportedConnection, serveRun } from "./reported-run.ts";

/** Height and width in characters. */
export type ConsoleSize = readonly [height: number, width: number];

/** All methods throw BerthError notFound where there is no such exec or container. */
export class ExecService {
  private readonly containers: Containers;

  constructor(containers: Containers) {
    this.containers = containers;
  }

  /**
   * Creates an exec. The answer starts it for a client and serves the client until the end.
   * @throws BerthError as {@link create}
   */
  run(reference: string, request: ExecRequest): (connection: ReportedConnection) => Promise<void> {
    const exec = this.startable(this.create(reference, request));
    const { stdio } = exec;
    const { promise: ended, resolve: announce } = Promise.withResolvers<number>();
    const run = {
      created: { id: exec.id, warnings: [] },
      attach: async (connection: ClientConnection) => {
        const { attachStdout: stdout, attachStderr: stderr } = request;
        const client = await stdio.attach({ stdout, stderr, framed: true });
        return this.join(exec, client, connection);
      },
      start: async () => {
        await this.containers.execs.start(exec, request.consoleSize);
        announce(exec.exitCode());
      },
      ended: () => ended,
    };
    return (connection) => serveRun(run, connection);
  }

  /** Answers the ID. @throws BerthError invalidParameter, conflict if the container does not run */
  create(reference: string, request: ExecRequest): string {
    return this.containers.execs.create(this.containers.get(reference), request, reference).id;
  }

  inspect(id: string): InspectedExec {
    return this.containers.execs.get(id);
  }

  async resize(id: string, height: number, width: number): Promise<void> {
    await this.containers.execs.resize(this.containers.execs.get(id), height, width);
  }

  /** Starts it detached. @throws BerthError */
  async startDetached(id: string, size: ConsoleSize | undefined): Promise<void> {
    const exec = this.startable(id);
    await this.containers.execs.start(exec, size ?? exec.request.consoleSize);
  }

  /**
   * What starts it and serves a client until either side ends. A start that fails is reported in the stream.
   * @param framed whether each piece of output gets a header that names its stream
   * @throws BerthError conflict if it cannot be started now
   */
  startAttached(
    id: string,
    size: ConsoleSize | undefined,
    framed: boolean,
  ): (connection: ClientConnection) => Promise<void> {
    const exec = this.startable(id);
    return (connection) => this.serve(exec, size ?? exec.request.consoleSize, framed, connection);
  }

  private startable(id: string): ExecInstance {
    const exec = this.containers.execs.get(id);
    this.containers.execs.checkStartable(exec);
    return exec;
  }

  private async serve(
    exec: ExecInstance,
    size: ConsoleSize | undefined,
    framed: boolean,
    connection: ClientConnection,
  ): Promise<void> {
    const { execs } = this.containers;
    const { request } = exec;
    // Without frames, stderr could not be distinguished from stdout: Docker omits it.
    const stderr = framed && request.attachStderr;
    const client = await exec.stdio.attach({ stdout: request.attachStdout, stderr, framed });
    try {
      await execs.start(exec, size);
    } catch (thrown) {
      const message = Buffer.from(`${messageOf(thrown)}\r\n`);
      await connection.write(framed ? encodeFrame(STDOUT, message) : message);
      client.detach();
      connection.end();
      return;
    }
    await this.join(exec, client, connection);
  }

  private async join(exec: ExecInstance, client: StdioClient, connection: ClientConnection): Promise<StreamEnd> {
    const { request } = exec;
    const detachKeys = request.tty ? readDetachKeys(request.detachKeys) : undefined;
    const end = await joinStreams(connection, exec.stdio, {
      client,
      stdin: request.attachStdin,
      ...(detachKeys ? { detachKeys } : {}),
    });
    if (end === "detached") this.containers.execs.announceDetach(exec);
    return end;
  }
}
