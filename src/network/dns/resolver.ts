// The DNS resolver of one container. Its sockets are in the container's network namespace, so no firewall of the host is
// in the way, and they work with every network driver.
import { inNetworkNamespace } from "../../linux/namespaces.ts";
import { RESOLVER_ADDRESS } from "../resolv-conf.ts";
import { failure, localAnswer, type Query, Rotation, readQuery, truncated } from "./answers.ts";
import type { NameView, UpstreamView } from "./names.ts";
import { RESOLVER_PORT, redirectResolver } from "./redirect.ts";
import { TcpClient } from "./tcp-client.ts";
import type { Transport, Upstream } from "./upstream.ts";

/** A connection without traffic for this long is closed. */
const IDLE_SECONDS = 20;
/** TCP connections that one container may have to its resolver. */
const MAX_CONNECTIONS = 32;
/** Questions of one container that may wait for a nameserver of the host, so that it leaves room for the others. */
const MAX_FORWARDED: Record<Transport, number> = { udp: 256, tcp: 32 };

type UdpSocket = Bun.udp.Socket<"buffer">;
type TcpListener = Bun.TCPSocketListener<TcpClient | undefined>;

export class Resolver {
  private readonly names: NameView;
  private readonly upstreamView: UpstreamView;
  private readonly upstream: Upstream;
  private readonly rotation = new Rotation();
  private readonly forwarded: Record<Transport, number> = { udp: 0, tcp: 0 };
  private connections = 0;
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
      // Both sockets are bound within the call, while the thread is in the namespace.
      this.udp = this.listenUdp();
      this.tcp = this.listenTcp();
    });
    await this.udp;
  }

  close(): void {
    this.tcp?.stop(true);
    this.udp?.then((socket) => socket.close()).catch(() => {});
  }

  /** The answer to a question's bytes; undefined for what is no question. */
  async answer(bytes: Uint8Array, transport: Transport): Promise<Uint8Array | undefined> {
    const query = readQuery(bytes);
    if (!query) return undefined;
    const response = localAnswer(query, this.names, this.rotation) ?? (await this.forward(query, bytes, transport));
    return transport === "udp" && response.length > query.udpLength ? truncated(query, response) : response;
  }

  private async forward(query: Query, bytes: Uint8Array, transport: Transport): Promise<Uint8Array> {
    if (this.forwarded[transport] >= MAX_FORWARDED[transport]) return failure(query);
    this.forwarded[transport]++;
    try {
      const nameservers = this.upstreamView.nameservers();
      return (await this.upstream.ask(bytes, nameservers, transport)) ?? failure(query);
    } finally {
      this.forwarded[transport]--;
    }
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
    return Bun.listen<TcpClient | undefined>({
      hostname: RESOLVER_ADDRESS,
      port: RESOLVER_PORT,
      socket: {
        open: (socket) => {
          this.connections++;
          socket.data = undefined;
          if (this.connections > MAX_CONNECTIONS) {
            socket.terminate();
            return;
          }
          socket.timeout(IDLE_SECONDS);
          socket.data = new TcpClient(socket, (question) => this.answer(question, "tcp"));
        },
        data: (socket, chunk) => socket.data?.receive(chunk),
        drain: (socket) => socket.data?.drain(),
        timeout: (socket) => socket.terminate(),
        close: (socket) => {
          this.connections--;
          socket.data?.close();
        },
        error: (socket) => socket.terminate(),
      },
    });
  }
}
