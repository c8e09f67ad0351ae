// The stdio of a container or exec. Any number of clients share one connection to the monitor's attach socket. It exists
// before the process does, so that clients that attach first miss no output.
import { closeSync } from "node:fs";
import { encodeFrames, STDERR, STDOUT, type StreamPiece } from "../../../api/streams.ts";
import { withinDeadline } from "../../../async/deadline.ts";
import { connectSequencedPacket, duplicateSocket, receiveWaitingPacket } from "../../../linux/unix-socket.ts";
import { SpillQueue } from "./spill-queue.ts";

/** conmon truncates longer packets. */
const PACKET_SIZE = 32 * 1024;
const MONITOR_STDERR = 3;
/** conmon closes its socket within milliseconds of the process's exit; one that hangs must not delay the exit. */
const END_DEADLINE_MILLISECONDS = 10_000;
const MAX_PACKET = 32 * 1024 + 1;
/** The packets of one wake-up. All connections share it: its content is delivered before the next wake-up. */
const room = new Uint8Array(8 * MAX_PACKET);

export interface AttachOptions {
  stdout: boolean;
  stderr: boolean;
  /** Whether each piece gets a header that names its stream. */
  framed: boolean;
}

/** One client's output. Ends with the process or when detached. */
export interface StdioClient {
  output: AsyncIterable<Uint8Array>;
  detach(): void;
}

/**
 * Called when output has arrived. Returning true pauses the connection: when the socket is full the monitor blocks, until
 * {@link Stdio.resume} or the end of this daemon.
 */
export type OutputObserver = () => boolean;

/** The socket to the monitor, and a promise that resolves when it is closed. */
interface Connection {
  socket: Bun.Socket;
  ended: Promise<void>;
}

export class Stdio {
  private readonly endsWithClient: boolean;
  private readonly spillDirectory: string;
  private readonly clients = new Map<SpillQueue, AttachOptions>();
  private observer: OutputObserver | undefined;
  private held = false;
  private socketPath: string | undefined;
  private connection: Promise<Connection> | undefined;
  private whenWritable: (() => void)[] = [];
  private whenOpen: (() => void)[] = [];
  private inputEnded = false;

  /** @param endsWithClient whether the process's stdin is closed when the client's input ends */
  constructor(endsWithClient: boolean, spillDirectory: string) {
    this.endsWithClient = endsWithClient;
    this.spillDirectory = spillDirectory;
  }

  /** Adds a client, which gets the output from now on, or from the start of a process that has not started. */
  async attach(options: AttachOptions): Promise<StdioClient> {
    const queue = new SpillQueue(this.spillDirectory);
    this.clients.set(queue, options);
    // When the monitor has ended, the client sees the end of the stream.
    if (this.socketPath !== undefined) await this.connected(this.socketPath).catch(() => this.detach(queue));
    return { output: queue.output, detach: () => this.detach(queue) };
  }

  /** The process is created and not yet started; its monitor listens on `socketPath`. */
  async open(socketPath: string): Promise<void> {
    this.socketPath = socketPath;
    this.inputEnded = false;
    if (this.isWanted) await this.connected(socketPath);
    for (const resolve of this.whenOpen.splice(0)) resolve();
  }

  /** Observes the output, connecting to the monitor even without clients; undefined stops observing. */
  observe(observer: OutputObserver | undefined): void {
    this.observer = observer;
    if (observer === undefined) this.disconnectIfUnused();
    // A monitor that has ended sends no more output.
    else if (this.socketPath !== undefined) this.connected(this.socketPath).catch(() => {});
  }

  /** Continues a paused connection. */
  resume(): void {
    if (!this.held) return;
    this.held = false;
    this.connection?.then(({ socket }) => socket.resume()).catch(() => {});
  }

  /** The process has exited. Resolves when all of its output is queued for the clients. */
  async drain(): Promise<void> {
    this.observer = undefined;
    this.resume();
    const connection = await this.connection?.catch(() => undefined);
    if (connection) await withinDeadline(END_DEADLINE_MILLISECONDS, connection.ended);
    this.socketPath = undefined;
  }

  /**
   * The process has exited or was never started: ends the clients' streams after all output. Callers record the exit
   * first, because clients ask for it as soon as their stream ends.
   */
  async close(): Promise<void> {
    await this.drain();
    for (const queue of this.clients.keys()) queue.end();
    this.clients.clear();
    for (const resolve of this.whenOpen.splice(0)) resolve();
  }

  /** Writes input to the process, waiting while it does not read. False when its stdin is closed. */
  async write(chunk: Uint8Array): Promise<boolean> {
    for (let offset = 0; offset < chunk.length; offset += PACKET_SIZE) {
      if (!(await this.writePacket(chunk.subarray(offset, offset + PACKET_SIZE)))) return false;
    }
    return true;
  }

  /** The client's input has ended. Closes the process's stdin, except with a terminal or when it is kept for other clients. */
  async endInput(): Promise<void> {
    if (!this.endsWithClient) return;
    const connection = await this.opened();
    this.inputEnded = true;
    connection?.socket.shutdown();
  }

  private async writePacket(packet: Uint8Array): Promise<boolean> {
    const connection = await this.opened();
    while (connection && this.connection && !this.inputEnded) {
      if (connection.socket.write(packet) === packet.length) return true;
      await new Promise<void>((resolve) => this.whenWritable.push(resolve));
    }
    return false;
  }

  /** The connection, once the process exists; undefined when it has exited. */
  private async opened(): Promise<Connection | undefined> {
    if (this.socketPath === undefined) await new Promise<void>((resolve) => this.whenOpen.push(resolve));
    if (this.socketPath === undefined) return undefined;
    // A monitor that has ended reads no input.
    return this.connected(this.socketPath).catch(() => undefined);
  }

  private connected(socketPath: string): Promise<Connection> {
    this.connection ??= this.connect(socketPath);
    return this.connection;
  }

  private connect(socketPath: string): Promise<Connection> {
    const { promise: ended, resolve: resolveEnded } = Promise.withResolvers<void>();
    let spare: number | undefined;
    const onEnd = () => {
      if (spare !== undefined) {
        // If this connection was replaced, its successor receives the same output.
        if (this.connection === connection) this.deliver(packetsLeftIn(spare));
        closeSync(spare);
        spare = undefined;
      }
      resolveEnded();
      if (this.connection === connection) this.forgetConnection();
    };
    const opening = connectTo(socketPath, (descriptor) => {
      spare = duplicateSocket(descriptor);
      return {
        binaryType: "uint8array",
        data: (socket, packet) => {
          const holds = this.observer?.() === true;
          if (holds) {
            this.held = true;
            socket.pause();
          }
          this.deliver(holds ? [packet] : packetsFrom(packet, descriptor));
        },
        drain: () => this.wakeWriters(),
        end: onEnd,
        close: onEnd,
        error: onEnd,
      };
    });
    const connection = opening.then((socket) => ({ socket, ended }));
    connection.catch(onEnd);
    return connection;
  }

  private deliver(packets: readonly Uint8Array[]): void {
    if (this.clients.size === 0) return;
    const pieces = packets.map(pieceOf);
    for (const [queue, options] of this.clients) {
      const wanted = pieces.filter(({ stream }) => (stream === STDERR ? options.stderr : options.stdout));
      if (wanted.length === 0) continue;
      const chunk = options.framed ? encodeFrames(wanted) : Buffer.concat(wanted.map(({ payload }) => payload));
      if (!queue.push(chunk)) this.detach(queue);
    }
  }

  private detach(queue: SpillQueue): void {
    queue.end();
    if (this.clients.delete(queue)) this.disconnectIfUnused();
  }

  private get isWanted(): boolean {
    return this.clients.size > 0 || this.observer !== undefined;
  }

  private disconnectIfUnused(): void {
    if (this.isWanted) return;
    this.resume();
    // Closing the connection closes stdin, which only the client that writes the input may do.
    if (this.endsWithClient && !this.inputEnded) return;
    // Without a connection the monitor need not copy the output.
    const leaving = this.connection;
    this.forgetConnection();
    leaving?.then(({ socket }) => socket.end()).catch(() => {});
  }

  private forgetConnection(): void {
    this.connection = undefined;
    this.wakeWriters();
  }

  private wakeWriters(): void {
    for (const resolve of this.whenWritable.splice(0)) resolve();
  }
}

/** `first` and the packets that are queued behind it, because a wake-up for each would dominate the cost. */
function packetsFrom(first: Uint8Array, descriptor: number): Uint8Array[] {
  const packets = [first];
  for (let offset = 0; offset + MAX_PACKET <= room.length; ) {
    const length = receiveWaitingPacket(descriptor, room, offset);
    if (length === 0) break;
    packets.push(room.subarray(offset, offset + length));
    offset += length;
  }
  return packets;
}

/**
 * The packets left in the socket after the monitor closed it. If the monitor left input unread, the kernel reports an error
 * first, and the last output is still to be read.
 */
function packetsLeftIn(descriptor: number): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (;;) {
    const packet = new Uint8Array(MAX_PACKET);
    const length = receiveWaitingPacket(descriptor, packet, 0);
    if (length === 0) return packets;
    packets.push(packet.subarray(0, length));
  }
}

/** The first byte of a packet is its stream: 2 is stdout, 3 is stderr. */
function pieceOf(packet: Uint8Array): StreamPiece {
  return { stream: packet[0] === MONITOR_STDERR ? STDERR : STDOUT, payload: packet.subarray(1) };
}

async function connectTo(
  socketPath: string,
  handler: (descriptor: number) => Bun.SocketHandler<undefined>,
): Promise<Bun.Socket> {
  const fd = connectSequencedPacket(socketPath);
  try {
    return await Bun.connect({ fd, socket: handler(fd) });
  } catch (thrown) {
    closeSync(fd);
    throw thrown;
  }
}
