// Disk usage of a daemon's images, and pulls, for failure tests.
import { expect } from "bun:test";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { archiveOf } from "./archive.ts";
import type { TestDaemon } from "./daemon.ts";
import { authHeader, type ProgressLine, progressLines } from "./progress-lines.ts";

export const MEGABYTE = 1024 * 1024;

export const randomBytes = (length: number): Buffer =>
  Buffer.concat(
    Array.from({ length: Math.ceil(length / 65536) }, () => crypto.getRandomValues(new Uint8Array(65536))),
  ).subarray(0, length);

/** A layer that does not compress. */
export const randomLayer = (megabytes: number): Buffer =>
  archiveOf([{ name: "data", content: randomBytes(megabytes * MEGABYTE) }]);

export interface PullOptions {
  user?: { name: string; password: string };
  signal?: AbortSignal;
}

/** All lines of a pull through the API. */
export async function pullImage(
  daemon: TestDaemon,
  reference: string,
  { user, signal }: PullOptions = {},
): Promise<ProgressLine[]> {
  const path = `/images/create?fromImage=${encodeURIComponent(reference)}&tag=`;
  return progressLines(
    await fetch(`http://localhost${path}`, {
      unix: daemon.socket,
      method: "POST",
      headers: authHeader(user),
      ...(signal ? { signal } : {}),
    }),
  );
}

const namesIn = (daemon: TestDaemon, ...path: string[]): string[] => readdirSync(join(daemon.dataRoot, ...path));

export const partialsOf = (daemon: TestDaemon): string[] => namesIn(daemon, "content/partial");
export const partialBytesOf = (daemon: TestDaemon): number =>
  // A partial may be completed, and so renamed, between the listing and this.
  partialsOf(daemon)
    .map((name) => statSync(join(daemon.dataRoot, "content/partial", name), { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0);
export const blobsOf = (daemon: TestDaemon): string[] => namesIn(daemon, "content/blobs/sha256");
export const layersOf = (daemon: TestDaemon): string[] => namesIn(daemon, "layers").filter((name) => name !== "empty");

/** No image, no blob, no layer. */
export async function expectNoImages(daemon: TestDaemon): Promise<void> {
  expect(await daemon.call("GET", "/images/json?all=1")).toEqual([]);
  expect(blobsOf(daemon)).toEqual([]);
  expect(layersOf(daemon)).toEqual([]);
}
