// What a build requests from its client while it runs. The gRPC front end answers from the client's session, POST
// /build from the request's body and headers.
import type { Duplex } from "node:stream";
import type { RegistryCredentials } from "../../registry/credentials.ts";

/** The part of a client's directory that is needed. Patterns are those of .dockerignore. */
export interface DirectoryRequest {
  /** The client's name for it: "context", "dockerfile", or the name of a named context. */
  name: string;
  /** Only these paths and their link targets; empty selects everything. */
  followPaths: readonly string[];
  include: readonly string[];
  exclude: readonly string[];
}

/** File metadata. A file whose metadata is unchanged is not transferred again. */
export interface FileStat {
  /** st_mode of stat(2), file type included. */
  mode: number;
  uid: number;
  gid: number;
  /** Bytes. */
  size: number;
  /** Nanoseconds since 1970. */
  modified: bigint;
  /** The target of a symbolic link, or the earlier path of a hard-linked file; else "". */
  linkName: string;
  device: { major: number; minor: number } | undefined;
  xattrs: ReadonlyMap<string, Uint8Array>;
}

/** Files by path: relative, without "./", in no particular order. Paths are byte strings (one character per byte). */
export type FileTree = ReadonlyMap<string, FileStat>;

/** The transfer of one directory. */
export interface DirectoryTransfer {
  /**
   * A tar archive (PAX, uncompressed) of the entries that are new or changed since the kept tree, parents first.
   * Must be read to its end before `tree`.
   */
  archive: AsyncIterable<Uint8Array>;
  /** All entries of the directory now: entries of the kept tree that are missing here are removed. */
  tree(): Promise<FileTree>;
}

/** A client of a build. Everything is requested only when a step needs it. Methods throw BerthError. */
export interface BuildSession {
  /** Unique; "" for a client without a session. */
  readonly id: string;
  /** Identifies the same context in a later build of the same client; "": the tree is not kept. */
  sharedKey(directory: string): string;
  /** @param kept the tree of the last build of the same context, or an empty one */
  directory(request: DirectoryRequest, kept: FileTree, signal: AbortSignal): DirectoryTransfer;
  /** Undefined when the client does not have it. */
  secret(id: string, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** Whether the client forwards an agent of this id ("default"). */
  hasSshAgent(id: string, signal: AbortSignal): Promise<boolean>;
  /** A new connection to the client's agent. */
  connectSshAgent(id: string, signal: AbortSignal): Promise<Duplex>;
  /** @param host "registry-1.docker.io" for Docker Hub, as Docker's clients name it */
  credentials(host: string, signal: AbortSignal): Promise<RegistryCredentials | undefined>;
  /** The client's standard input or another stream offered under this id. */
  upload(id: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /**
   * Exports a result to the client: the files of an image, as a tar archive.
   * @param exporter index of the exporter in the request, from 0
   * @param type "local": the client writes a directory; "tar": it writes the archive unchanged
   */
  export(
    exporter: number,
    type: "local" | "tar",
    archive: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void>;
}
