// A place for each test in which archives are unpacked: the layer, and a directory beside it that nothing may change.
import { afterEach, beforeEach, expect } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeTree } from "./tree.ts";
import { unpackFile } from "./unpack.ts";

export interface UnpackPlace {
  root: string;
  /** The layer. */
  target: string;
  outside: string;
  /** Unpacks into the layer. */
  unpack(archive: Uint8Array, lower?: string[]): ReturnType<typeof unpackFile>;
  /** A path in the layer. */
  at(path: string): string;
}

/** To be called once in a file of tests: each of them gets a new place. */
export function unpackPlace(): UnpackPlace {
  let untouched: Record<string, string> = {};
  const place: UnpackPlace = {
    root: "",
    target: "",
    outside: "",
    unpack(archive, lower = []) {
      writeFileSync(join(place.root, "blob"), archive);
      return unpackFile(join(place.root, "blob"), place.target, lower);
    },
    at: (path) => join(place.target, path),
  };
  beforeEach(() => {
    place.root = mkdtempSync(join(tmpdir(), "berth-unpack-"));
    place.target = join(place.root, "layer");
    place.outside = join(place.root, "outside");
    mkdirSync(place.target, { mode: 0o755 });
    mkdirSync(place.outside);
    writeFileSync(join(place.outside, "victim"), "untouched");
    untouched = describeTree(place.outside);
  });
  afterEach(() => {
    expect(describeTree(place.outside)).toEqual(untouched);
    rmSync(place.root, { recursive: true });
  });
  return place;
}
