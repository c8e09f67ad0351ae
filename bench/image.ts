// The benchmark image: 400 MB of incompressible data and 20,000 small files in one layer. Every number gives a
// different image of the same size, so that no round benefits from an earlier one.
import { closeSync, mkdirSync, openSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { GzipMembers } from "../src/storage/archive/gzip.ts";
import type { TarHeader } from "../src/storage/archive/header.ts";
import { END_OF_ARCHIVE, encodeEntry, paddingAfter } from "../src/storage/archive/writer.ts";

const MEGABYTE = 1024 * 1024;
const RANDOM_MEGABYTES = 400;
const HUGE_MEGABYTES = 2000;
const SMALL_FILES = 20_000;
const FILES_IN_A_DIRECTORY = 100;
const MEDIA = "application/vnd.docker.distribution.manifest.v2+json";

const sha256 = (bytes: Uint8Array): string => `sha256:${new Bun.CryptoHasher("sha256").update(bytes).digest("hex")}`;

/** The layer's bytes in chunks. */
function* layer(number: number): Generator<Uint8Array> {
  yield* file("number", Buffer.from(String(number)));
  yield* file("random", ...Array.from({ length: RANDOM_MEGABYTES }, () => random(MEGABYTE)));
  for (let index = 0; index < SMALL_FILES; index++) {
    const directory = `files/${Math.floor(index / FILES_IN_A_DIRECTORY)}`;
    if (index % FILES_IN_A_DIRECTORY === 0)
      yield encodeEntry(header(`${directory}/`, { type: "directory", mode: 0o755 }));
    yield* file(`${directory}/${index}`, Buffer.alloc(100 + (index % 80) * 100, `small file ${index} of ${number}\n`));
  }
  yield END_OF_ARCHIVE;
}

function* file(name: string, ...content: Uint8Array[]): Generator<Uint8Array> {
  const size = content.reduce((sum, piece) => sum + piece.length, 0);
  yield encodeEntry(header(name, { size }));
  yield* content;
  yield paddingAfter(size);
}

function header(name: string, fields: Partial<TarHeader>): TarHeader {
  return {
    type: "file",
    name,
    linkName: "",
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: 0,
    modified: 1_700_000_000n * 1_000_000_000n,
    major: 0,
    minor: 0,
    xattrs: new Map(),
    ...fields,
  };
}

function random(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let start = 0; start < length; start += 65536) crypto.getRandomValues(bytes.subarray(start, start + 65536));
  return bytes;
}

function configOf(diffId: string): Buffer {
  return Buffer.from(
    JSON.stringify({
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      os: "linux",
      config: { Cmd: ["/number"] },
      rootfs: { type: "layers", diff_ids: [diffId] },
      history: [{ created_by: "the benchmark" }],
    }),
  );
}

/** Writes the image as a Docker archive with an uncompressed layer; its name is `reference`. */
export function writeArchive(path: string, reference: string, number: number): void {
  const hash = new Bun.CryptoHasher("sha256");
  let size = 0;
  for (const piece of repeatable(number)) {
    hash.update(piece);
    size += piece.length;
  }
  const config = configOf(`sha256:${hash.digest("hex")}`);
  const name = `${sha256(config).slice("sha256:".length)}.json`;
  const manifest = Buffer.from(JSON.stringify([{ Config: name, RepoTags: [reference], Layers: ["layer.tar"] }]));
  const output = openSync(path, "w");
  const write = (bytes: Uint8Array): void => {
    for (let done = 0; done < bytes.length; ) done += writeSync(output, bytes, done);
  };
  for (const piece of file(name, config)) write(piece);
  write(encodeEntry(header("layer.tar", { size })));
  for (const piece of repeatable(number)) write(piece);
  write(paddingAfter(size));
  for (const piece of file("manifest.json", manifest)) write(piece);
  write(END_OF_ARCHIVE);
  closeSync(output);
}

const made = new Map<number, Uint8Array[]>();

/** The chunks of one image, always the same; only the last requested image is cached. */
function repeatable(number: number): Uint8Array[] {
  const pieces = made.get(number) ?? [...layer(number)];
  made.clear();
  made.set(number, pieces);
  return pieces;
}

/** Writes the image into the storage directory of a docker-registry that is not running yet. */
export function writeToRegistry(storage: string, repository: string, number: number): void {
  store(storage, repository, String(number), repeatable(number));
}

/** The same with one layer of 2 GB that hardly compresses, tagged "huge". */
export function writeHugeToRegistry(storage: string, repository: string): void {
  store(storage, repository, "huge", hugeLayer());
}

function* hugeLayer(): Generator<Uint8Array> {
  yield encodeEntry(header("huge", { size: HUGE_MEGABYTES * MEGABYTE }));
  const pool = random(64 * MEGABYTE);
  for (let index = 0; index < HUGE_MEGABYTES; index++) {
    const piece = pool.subarray((index % 64) * MEGABYTE, (index % 64) * MEGABYTE + MEGABYTE);
    new DataView(piece.buffer, piece.byteOffset).setUint32(0, index);
    yield piece;
  }
  yield END_OF_ARCHIVE;
}

/** In chunks, because an image may be larger than this machine's memory. */
function store(storage: string, repository: string, tag: string, layer: Iterable<Uint8Array>): void {
  const root = join(storage, "docker/registry/v2");
  mkdirSync(root, { recursive: true });
  const draft = join(root, "draft");
  const output = openSync(draft, "w");
  const [plain, compressed] = [new Bun.CryptoHasher("sha256"), new Bun.CryptoHasher("sha256")];
  let size = 0;
  const gzip = new GzipMembers((member) => {
    compressed.update(member);
    size += member.length;
    for (let done = 0; done < member.length; ) done += writeSync(output, member, done);
  });
  for (const piece of layer) {
    plain.update(piece);
    gzip.add(piece);
  }
  gzip.end();
  closeSync(output);
  const layerDigest = `sha256:${compressed.digest("hex")}`;
  const config = configOf(`sha256:${plain.digest("hex")}`);
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA,
      config: {
        mediaType: "application/vnd.docker.container.image.v1+json",
        size: config.length,
        digest: sha256(config),
      },
      layers: [{ mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip", size, digest: layerDigest }],
    }),
  );
  const place = (digest: string): string => {
    const hex = digest.slice("sha256:".length);
    put(join(root, "repositories", repository, "_layers/sha256", hex, "link"), digest);
    const path = join(root, "blobs/sha256", hex.slice(0, 2), hex, "data");
    mkdirSync(join(path, ".."), { recursive: true });
    return path;
  };
  renameSync(draft, place(layerDigest));
  for (const blob of [config, manifest]) writeFileSync(place(sha256(blob)), blob);
  const digest = sha256(manifest);
  const manifests = join(root, "repositories", repository, "_manifests");
  put(join(manifests, "revisions", digest.replace(":", "/"), "link"), digest);
  put(join(manifests, "tags", tag, "current/link"), digest);
  put(join(manifests, "tags", tag, "index", digest.replace(":", "/"), "link"), digest);
}

function put(path: string, content: string): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
}
