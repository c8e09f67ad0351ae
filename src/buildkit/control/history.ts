// The history of finished builds, which clients list, inspect and read logs from. Each build has up to three files, so that it
// survives a restart of the daemon.
import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { sizeDelimitedDecodeStream, sizeDelimitedEncode } from "@bufbuild/protobuf/wire";
import type { Log } from "../../api/log.ts";
import {
  type BuildHistoryRecord,
  BuildHistoryRecordSchema,
  type StatusResponse,
  StatusResponseSchema,
} from "../../grpc/proto/buildkit/control_pb.ts";
import { decode } from "../../grpc/service.ts";
import type { Provenance } from "./provenance.ts";
import type { StatusInit } from "./status-log.ts";

/** BuildKit's defaults; pinned records are kept. */
const MAX_RECORDS = 50;
const MAX_AGE_SECONDS = 48 * 60 * 60;

const RECORD = ".record";
const OUTPUT = ".output";
const PROVENANCE = ".provenance";
const SUFFIXES = [RECORD, OUTPUT, PROVENANCE];

export class History {
  private readonly directory: string;
  private readonly log: Log;
  /** By ref, oldest first. */
  private readonly records = new Map<string, BuildHistoryRecord>();

  constructor(directory: string, log: Log) {
    this.directory = directory;
    this.log = log;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.load();
  }

  /** Newest first. */
  list(): BuildHistoryRecord[] {
    this.removeOld();
    return [...this.records.values()].reverse();
  }

  /** Stores a finished build with all its events. On a full disk the record is lost, but the build succeeds. */
  async add(
    record: BuildHistoryRecord,
    statuses: AsyncIterable<StatusInit>,
    provenance: Provenance | undefined,
  ): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const status of statuses) {
      chunks.push(sizeDelimitedEncode(StatusResponseSchema, create(StatusResponseSchema, status)));
    }
    try {
      await writeFile(this.path(record.Ref, OUTPUT), Buffer.concat(chunks), { mode: 0o600 });
      if (provenance) await writeFile(this.path(record.Ref, PROVENANCE), provenance.json, { mode: 0o600 });
      await this.write(record);
      this.records.set(record.Ref, record);
    } catch (error) {
      this.log.warn("failed to record a build", { ref: record.Ref, error });
      this.remove(record.Ref);
    }
    this.removeOld();
  }

  /** The events of a build, or undefined for an unknown one. */
  output(ref: string): AsyncIterable<StatusResponse> | undefined {
    const path = this.path(ref, OUTPUT);
    if (!this.records.has(ref) || !existsSync(path)) return undefined;
    return sizeDelimitedDecodeStream(StatusResponseSchema, createReadStream(path));
  }

  /** The provenance with this digest, which the record of a build refers to. */
  async provenance(digest: string): Promise<Uint8Array | undefined> {
    for (const { Ref, Result } of this.records.values()) {
      const isReferred = Result?.Attestations.some((attestation) => attestation.digest === digest);
      const file = Bun.file(this.path(Ref, PROVENANCE));
      if (isReferred && (await file.exists())) return file.bytes();
    }
    return undefined;
  }

  has(ref: string): boolean {
    return this.records.has(ref);
  }

  remove(ref: string): void {
    this.records.delete(ref);
    for (const suffix of SUFFIXES) rmSync(this.path(ref, suffix), { force: true });
  }

  async pin(ref: string, pinned: boolean): Promise<void> {
    const record = this.records.get(ref);
    if (record === undefined) return;
    record.pinned = pinned;
    await this.write(record);
  }

  /** The record is written last and renamed into place: files without a record are garbage. */
  private async write(record: BuildHistoryRecord): Promise<void> {
    const path = this.path(record.Ref, RECORD);
    await writeFile(`${path}.new`, toBinary(BuildHistoryRecordSchema, record), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  private load(): void {
    const names = readdirSync(this.directory);
    const records: BuildHistoryRecord[] = [];
    for (const name of names.filter((known) => known.endsWith(RECORD))) {
      try {
        records.push(decode(BuildHistoryRecordSchema, readFileSync(join(this.directory, name))));
      } catch (error) {
        this.log.warn("ignoring an unreadable build record", { name, error });
      }
    }
    records.sort((one, other) => Number((one.CompletedAt?.seconds ?? 0n) - (other.CompletedAt?.seconds ?? 0n)));
    for (const record of records) this.records.set(record.Ref, record);
    const known = new Set(records.flatMap(({ Ref }) => SUFFIXES.map((suffix) => this.path(Ref, suffix))));
    for (const path of names.map((name) => join(this.directory, name))) {
      if (!known.has(path)) rmSync(path, { force: true });
    }
  }

  private removeOld(): void {
    const oldest = BigInt(Math.floor(Date.now() / 1000) - MAX_AGE_SECONDS);
    const removable = [...this.records.values()].filter(({ pinned }) => !pinned);
    const surplus = Math.max(0, removable.length - MAX_RECORDS);
    for (const [index, { Ref, CompletedAt }] of removable.entries()) {
      if (index < surplus || (CompletedAt?.seconds ?? 0n) < oldest) this.remove(Ref);
    }
  }

  /** Refs are chosen by clients, so they are not used as file names. */
  private path(ref: string, suffix: string): string {
    return join(this.directory, `${createHash("sha256").update(ref).digest("hex")}${suffix}`);
  }
}
