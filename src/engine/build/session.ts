// What a build asks of its client while it runs. The gRPC front door answers from the client's session, POST /build from
// the request's body and headers.
import type { Duplex } from "node:stream";
import type { RegistryCredentials } from "../../api/images.ts";

/** Which part of a client's directory is needed. Patterns are those of .dockerignore. */
export interface DirectoryRequest {
  /** The client's name of it: "context", "dockerfile", or a named context's. */
  name: string;
  /** Only these paths and what they lead to; empty: everything. */
  followPaths: readonly string[];
  include: readonly string[];
  exclude: readonly string[];
}

/** What is known of a file without reading it. A file whose stat is unchanged is not transferred again. */
export interface FileStat {
  /** st_mode of stat(2), file type included. */
  mode: number;
  uid: number;
  gid: number;
  /** Bytes. */
  size: number;
  /** Nanoseconds since 1970. */
  modified: bigint;
  /** The target of a symbolic link, or the earlier path that a hard link shares its file with; else "". */
  linkName: string;
  device: { major: number; minor: number } | undefined;
  xattrs: ReadonlyMap<string, Uint8Array>;
}

/** Files by path: relative, without "./", in no particular order. Paths are byte strings (one character for each byte). */
export type FileTree = ReadonlyMap<string, FileStat>;

/** The transfer of one directory. */
export interface DirectoryTransfer {
  /**
   * A tar archive (PAX, uncompressed) of the entries that are new or changed since the kept tree, parents first.
   * Read to its end before `tree` is asked for.
   */
  archive: AsyncIterable<Uint8Array>;
  /** Every entry that the directory has now: those of the kept tree that are missing here are removed. */
  tree(): Promise<FileTree>;
}

/** A client of a build. Everything is asked for only when a step needs it. Methods throw BerthError. */
export interface BuildSession {
  /** Unique; "" for a client without a session. */
  readonly id: string;
  /** Names the same context in a later build of the same client; "": the tree is not kept. */
  sharedKey(directory: string): string;
  /** @param kept the tree of the last build of the same context, empty for none */
  directory(request: DirectoryRequest, kept: FileTree, signal: AbortSignal): DirectoryTransfer;
  /** Undefined when the client does not have it. */
  secret(id: string, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** Whether the client forwards an agent of this id ("default"). */
  hasSshAgent(id: string, signal: AbortSignal): Promise<boolean>;
  /** One connection to the client's agent. */
  connectSshAgent(id: string, signal: AbortSignal): Promise<Duplex>;
  /** @param host "registry-1.docker.io" for Docker Hub, as Docker's clients name it */
  credentials(host: string, signal: AbortSignal): Promise<RegistryCredentials | undefined>;
  /** The client's standard input or another stream it offers under this id. */
  upload(id: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /**
   * Sends a result back: the files of an image, as a tar archive.
   * @param exporter the number of the exporter in the request, from 0
   * @param type "local": the client writes a directory; "tar": it writes the archive as it is
   */
  export(
    exporter: number,
    type: "local" | "tar",
    archive: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void>;
}
