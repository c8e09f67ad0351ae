// A registry in the test process that can disconnect, send wrong data, redirect, limit rates and require tokens.
import { createServer, type Server, type Socket } from "node:net";
import { gzipSync } from "node:zlib";

export interface OddRequest {
  method: string;
  /** With its query. */
  path: string;
  /** Names in lower case. */
  headers: Map<string, string>;
}

export interface OddAnswer {
  status: number;
  headers?: Record<string, string>;
  body?: Uint8Array | string;
  /** Closes the connection after this many bytes of the body. */
  cutAfter?: number;
  /** Sends no Content-Length: the body ends with the connection. */
  hidesLength?: boolean;
  /** Milliseconds between chunks of 64 KiB. */
  pace?: number;
}

export const sha256 = (bytes: Uint8Array | string): string =>
  `sha256:${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}`;

const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const PIECE = 64 * 1024;

/** Serves the added images; `answer` can override a response. */
export class OddRegistry implements AsyncDisposable {
  readonly blobs = new Map<string, Buffer>();
  /** By tag and by digest. */
  readonly manifests = new Map<string, { mediaType: string; bytes: Buffer }>();
  readonly requests: OddRequest[] = [];
  /** Number of blob bytes sent. */
  sent = 0;
  answer: (request: OddRequest) => OddAnswer | undefined = () => undefined;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor() {
    this.server = createServer((socket) => this.serve(socket));
  }

  static async start(): Promise<OddRegistry> {
    const registry = new OddRegistry();
    await new Promise<void>((resolve) => registry.server.listen(0, "127.0.0.1", resolve));
    return registry;
  }

  get port(): number {
    const address = this.server.address();
    if (address === null || typeof address === "string") throw new Error("the registry does not listen");
    return address.port;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Adds an image of these layers (uncompressed archives); returns its parts. */
  addImage(tag: string, layers: readonly Buffer[], config: object = {}) {
    const compressed = layers.map((layer) => gzipSync(layer, { level: 1 }));
    const configBytes = Buffer.from(
      JSON.stringify({
        architecture: process.arch === "arm64" ? "arm64" : "amd64",
        os: "linux",
        config: { Cmd: ["sh"] },
        rootfs: { type: "layers", diff_ids: layers.map(sha256) },
        ...config,
      }),
    );
    const descriptor = (bytes: Buffer, mediaType: string) => {
      this.blobs.set(sha256(bytes), bytes);
      return { mediaType, digest: sha256(bytes), size: bytes.length };
    };
    const manifest = {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: descriptor(configBytes, "application/vnd.oci.image.config.v1+json"),
      layers: compressed.map((bytes) => descriptor(bytes, "application/vnd.oci.image.layer.v1.tar+gzip")),
    };
    const digest = this.addManifest(tag, OCI_MANIFEST, manifest);
    return { digest, manifest, id: manifest.config.digest };
  }

  addManifest(tag: string, mediaType: string, content: unknown): string {
    const bytes = Buffer.from(JSON.stringify(content));
    this.manifests.set(tag, { mediaType, bytes });
    this.manifests.set(sha256(bytes), { mediaType, bytes });
    return sha256(bytes);
  }

  /** The requests for blobs with their ranges. */
  blobRequests(digest: string): (string | undefined)[] {
    return this.requests
      .filter(({ path }) => path.endsWith(`/blobs/${digest}`))
      .map(({ headers }) => headers.get("range"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket));
    socket.on("error", () => {});
    let received = "";
    socket.on("data", (chunk) => {
      // A TLS hello: what a plain server says to it.
      if (received === "" && chunk[0] === 0x16) {
        socket.end("HTTP/1.0 400 Bad Request\r\n\r\n");
        return;
      }
      received += chunk.toString("latin1");
      const end = received.indexOf("\r\n\r\n");
      if (end === -1) return;
      const [first = "", ...lines] = received.slice(0, end).split("\r\n");
      received = "";
      const [method = "", path = ""] = first.split(" ");
      const headers = new Map(
        lines.map((line) => {
          const colon = line.indexOf(":");
          return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
        }),
      );
      const request = { method, path, headers };
      this.requests.push(request);
      this.send(socket, method, this.answer(request) ?? this.honest(request)).catch(() => socket.destroy());
    });
  }

  private honest({ path, headers }: OddRequest): OddAnswer {
    const [, kind, reference = ""] = /\/(manifests|blobs)\/([^/?]+)$/.exec(path.split("?")[0] ?? "") ?? [];
    const manifest = kind === "manifests" ? this.manifests.get(reference) : undefined;
    if (manifest) {
      const headers = { "Content-Type": manifest.mediaType, "Docker-Content-Digest": sha256(manifest.bytes) };
      return { status: 200, headers, body: manifest.bytes };
    }
    const blob = kind === "blobs" ? this.blobs.get(reference) : undefined;
    if (blob) return rangeOf(blob, headers.get("range"));
    if (path === "/v2/") return { status: 200, body: "{}" };
    const code = kind === "blobs" ? "BLOB_UNKNOWN" : "MANIFEST_UNKNOWN";
    return { status: 404, body: JSON.stringify({ errors: [{ code, message: "unknown here" }] }) };
  }

  private async send(socket: Socket, method: string, answer: OddAnswer): Promise<void> {
    const body = Buffer.from(answer.body ?? "");
    const length = answer.hidesLength ? {} : { "Content-Length": String(body.length) };
    const headers = { ...length, Connection: "close", ...answer.headers };
    const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`HTTP/1.1 ${answer.status} Odd\r\n${head.join("")}\r\n`);
    const end = method === "HEAD" ? 0 : Math.min(body.length, answer.cutAfter ?? body.length);
    for (let start = 0; start < end; start += PIECE) {
      const piece = body.subarray(start, Math.min(start + PIECE, end));
      if (socket.destroyed) return;
      this.sent += piece.length;
      if (!socket.write(piece)) await roomIn(socket);
      if (answer.pace) await Bun.sleep(answer.pace);
    }
    if (end < body.length && method !== "HEAD") socket.destroySoon();
    else socket.end();
  }
}

/** A range of a blob, as a registry with support for ranges sends it. */
export function rangeOf(blob: Buffer, range: string | undefined): OddAnswer {
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
  if (start === 0) return { status: 200, body: blob };
  if (start >= blob.length) return { status: 416 };
  return {
    status: 206,
    headers: { "Content-Range": `bytes ${start}-${blob.length - 1}/${blob.length}` },
    body: blob.subarray(start),
  };
}

/** Resolves when a socket is writable or closed. */
function roomIn(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off("drain", done).off("close", done);
      resolve();
    };
    socket.on("drain", done).on("close", done);
  });
}
