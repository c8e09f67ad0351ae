// The resolver of one container: its sockets are in the container's namespace, so no firewall of the host and no
// address of a bridge stands between; they are served here.
import { inNetworkNamespace } from "../../linux/namespaces.ts";
import { RESOLVER_ADDRESS } from "../resolv-conf.ts";
import { failure, localAnswer, type Query, Rotation, readQuery, truncated } from "./answers.ts";
import type { NameView, UpstreamView } from "./names.ts";
import { RESOLVER_PORT, redirectResolver } from "./redirect.ts";
import { framed, MessageFraming, type Transport, type Upstream } from "./upstream.ts";

/** A client that opens a connection and says nothing is let go. */
const IDLE_SECONDS = 20;

type UdpSocket = Bun.udp.Socket<"buffer">;
type TcpListener = Bun.TCPSocketListener<Client>;

export class Resolver {
  private readonly names: NameView;
  private readonly upstreamView: UpstreamView;
  private readonly upstream: Upstream;
  private readonly rotation = new Rotation();
  private udp: Promise<UdpSocket> | undefined;
  private tcp: TcpListener | undefined;

  constructor(names: NameView, upstreamView: UpstreamView, upstream: Upstream) {
    this.names = names;
    this.upstreamView = upstreamView;
    this.upstream = upstream;
  }

  /** Listens at 127.0.0.11 in the namespace at `path`. */
  async listen(path: string): Promise<void> {
    inNetworkNamespace(path, () => {
      redirectResolver();
      // Both are bound within the call, while the thread is in the namespace.
      this.udp = this.listenUdp();
      this.tcp = this.listenTcp();
    });
    await this.udp;
  }

  close(): void {
    this.tcp?.stop(true);
    this.udp?.then((socket) => socket.close()).catch(() => {});
  }

  /** The answer to a query's bytes; undefined for what is no query. */
  async answer(bytes: Uint8Array, transport: Transport): Promise<Uint8Array | undefined> {
    const query = readQuery(bytes);
    if (!query) return undefined;
    const response = localAnswer(query, this.names, this.rotation) ?? (await this.forward(query, bytes, transport));
    return transport === "udp" && response.length > query.udpLength ? truncated(query, response) : response;
  }

  private async forward(query: Query, bytes: Uint8Array, transport: Transport): Promise<Uint8Array> {
    const nameservers = this.upstreamView.nameservers();
    return (await this.upstream.ask(bytes, nameservers, transport)) ?? failure(query);
  }

  private listenUdp(): Promise<UdpSocket> {
    return Bun.udpSocket({
      hostname: RESOLVER_ADDRESS,
      port: RESOLVER_PORT,
      socket: {
        data: (socket, data, port, address) => {
          this.answer(Uint8Array.from(data), "udp").then(
            (response) => response && !socket.closed && socket.send(response, port, address),
            () => {},
          );
        },
        error: () => {},
      },
    });
  }

  private listenTcp(): TcpListener {
    return Bun.listen<Client>({
      hostname: RESOLVER_ADDRESS,
      port: RESOLVER_PORT,
      socket: {
        open: (socket) => {
          socket.timeout(IDLE_SECONDS);
          socket.data = new Client(socket, (message) => this.answer(message, "tcp"));
        },
        data: (socket, chunk) => socket.data.framing.push(chunk),
        drain: (socket) => socket.data.flush(),
        timeout: (socket) => {
          socket.end();
        },
      },
    });
  }
}

/** One TCP connection of a client, which may ask several questions. */
class Client {
  readonly framing: MessageFraming;
  private readonly socket: Bun.Socket<Client>;
  private unsent: Uint8Array = new Uint8Array(0);

  constructor(socket: Bun.Socket<Client>, answer: (message: Uint8Array) => Promise<Uint8Array | undefined>) {
    this.socket = socket;
    this.framing = new MessageFraming((message) => {
      answer(message).then(
        (response) => response && this.send(framed(response)),
        () => socket.end(),
      );
    });
  }

  flush(): void {
    const written = this.socket.write(this.unsent);
    this.unsent = this.unsent.subarray(Math.max(written, 0));
  }

  private send(message: Uint8Array): void {
    this.unsent = Buffer.concat([this.unsent, message]);
    this.flush();
  }
}
