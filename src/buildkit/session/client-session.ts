// A client's session: the engine calls the services that the client offers on it.
import type { Duplex } from "node:stream";
import { BerthError } from "../../api/errors.ts";
import type { DirectoryRequest, DirectoryTransfer, FileTree } from "../../engine/build/session.ts";
import type { RegistryCredentials } from "../../engine/index.ts";
import { duplexOfCall } from "../../grpc/byte-stream.ts";
import { GrpcClient, type Metadata } from "../../grpc/client.ts";
import { Auth } from "../../grpc/proto/buildkit/auth_pb.ts";
import { FileSend, FileSync } from "../../grpc/proto/buildkit/filesync_pb.ts";
import { Secrets } from "../../grpc/proto/buildkit/secrets_pb.ts";
import { SSH } from "../../grpc/proto/buildkit/ssh_pb.ts";
import { Upload } from "../../grpc/proto/buildkit/upload_pb.ts";
import { PacketSchema } from "../../grpc/proto/fsutil/wire_pb.ts";
import { Health } from "../../grpc/proto/grpc/health_pb.ts";
import { type Named, pathOf } from "../../grpc/service.ts";
import { GrpcError, statusCodes } from "../../grpc/status.ts";
import { sendDirectory, sendFile } from "./file-send.ts";
import { receiveDirectory } from "./file-sync.ts";

const HEALTH_INTERVAL_MILLISECONDS = 5_000;
const HEALTH_TIMEOUT_MILLISECONDS = 15_000;
const MAX_FAILED_CHECKS = 2;

/** Parameters of a new session, from the headers of its request. */
export interface SessionOpening {
  id: string;
  /** Identifies the client's build, for example by its directory; "" for none. */
  sharedKey: string;
  /** Paths of the offered methods, in lower case. */
  methods: ReadonlySet<string>;
}

export class ClientSession {
  readonly id: string;
  readonly sharedKey: string;
  /** Aborted when the session ends. */
  readonly closed: AbortSignal;
  private readonly methods: ReadonlySet<string>;
  private readonly client: GrpcClient;

  constructor(opening: SessionOpening, connection: Duplex) {
    this.id = opening.id;
    this.sharedKey = opening.sharedKey;
    this.methods = opening.methods;
    this.client = new GrpcClient(connection);
    this.closed = this.client.closed;
    this.watchHealth();
  }

  directory(request: DirectoryRequest, kept: FileTree, signal: AbortSignal): DirectoryTransfer {
    this.require(FileSync.method.diffCopy, "no local sources enabled");
    const metadata = encodeValues({
      "dir-name": [request.name],
      "include-patterns": request.include,
      "exclude-patterns": request.exclude,
      followpaths: request.followPaths,
    });
    return receiveDirectory(() => this.client.bidi(FileSync.method.diffCopy, { metadata, signal }), kept);
  }

  /** Undefined when the client does not have the secret. */
  async secret(id: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
    if (!this.offers(Secrets.method.getSecret)) return undefined;
    return await orUndefined(
      async () => (await this.client.unary(Secrets.method.getSecret, { ID: id }, { signal })).data,
    );
  }

  async hasSshAgent(id: string, signal: AbortSignal): Promise<boolean> {
    if (!this.offers(SSH.method.checkAgent)) return false;
    try {
      await this.client.unary(SSH.method.checkAgent, { ID: id }, { signal });
      return true;
    } catch (thrown) {
      if (thrown instanceof GrpcError && thrown.code !== statusCodes.unavailable) return false;
      throw thrown;
    }
  }

  connectSshAgent(id: string, signal: AbortSignal): Duplex {
    const metadata = { "buildkit.ssh.id": id };
    return duplexOfCall(this.client.bidi(SSH.method.forwardAgent, { metadata, signal }));
  }

  async credentials(host: string, signal: AbortSignal): Promise<RegistryCredentials | undefined> {
    if (!this.offers(Auth.method.credentials)) return undefined;
    const answer = await orUndefined(() => this.client.unary(Auth.method.credentials, { Host: host }, { signal }));
    if (answer === undefined || answer.Secret === "") return undefined;
    // Docker's clients pass an identity token as the password of an empty user name.
    return answer.Username === ""
      ? { identityToken: answer.Secret, serverAddress: host }
      : { username: answer.Username, password: answer.Secret, serverAddress: host };
  }

  async *upload(id: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    this.require(Upload.method.pull, "no upload service on the client's session");
    const metadata = { urlpath: `/${id}`, urlhost: UPLOAD_HOST };
    const call = this.client.bidi(Upload.method.pull, { metadata, signal });
    for await (const { data } of call.messages) yield data;
    call.end();
  }

  async export(
    exporter: number,
    type: "local" | "tar",
    archive: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    this.require(FileSend.method.diffCopy, "the client takes no exported files");
    const metadata = { "buildkit-attachable-exporter-id": String(exporter) };
    const method = FileSend.method.diffCopy;
    if (type === "tar") {
      await sendFile(this.client.bidi(method, { metadata, signal }), archive);
    } else {
      const packets = { ...method, input: PacketSchema, output: PacketSchema };
      await sendDirectory(this.client.bidi(packets, { metadata, signal }), archive);
    }
  }

  close(): void {
    this.client.close();
  }

  private offers(method: Named): boolean {
    return this.methods.has(pathOf(method).toLowerCase());
  }

  private require(method: Named, message: string): void {
    if (!this.offers(method)) throw new BerthError("invalidParameter", message);
  }

  /** Pings the client: if it vanished without closing the connection, waiting builds fail. */
  private watchHealth(): void {
    let failed = 0;
    const check = async (): Promise<void> => {
      try {
        await this.client.unary(Health.method.check, {}, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MILLISECONDS) });
        failed = 0;
      } catch {
        if (++failed >= MAX_FAILED_CHECKS) this.close();
      }
    };
    const timer = setInterval(() => void check(), HEALTH_INTERVAL_MILLISECONDS);
    this.closed.addEventListener("abort", () => clearInterval(timer), { once: true });
  }
}

/** The host of URLs for client uploads. */
export const UPLOAD_HOST = "buildkit-session";

async function orUndefined<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (thrown) {
    if (thrown instanceof GrpcError && thrown.code === statusCodes.notFound) return undefined;
    throw thrown;
  }
}

/** Values that are invalid in headers are query-escaped and marked as such. */
function encodeValues(values: Readonly<Record<string, readonly string[]>>): Metadata {
  const metadata: Record<string, string | string[]> = {};
  for (const [name, list] of Object.entries(values)) {
    if (list.length === 0) continue;
    const isPlain = list.every((value) => /^[\x20-\x7e]*$/.test(value));
    metadata[name] = isPlain ? [...list] : list.map(encodeURIComponent);
    if (!isPlain) metadata[`${name}-encoded`] = "1";
  }
  return metadata;
}
