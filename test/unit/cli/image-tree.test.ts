// `images --tree` of an engine that keeps images of several platforms.
import { expect, test } from "bun:test";
import type { ImageManifest } from "../../../src/api/images.ts";
import { imageTree } from "../../../src/cli/output/image-tree.ts";

function manifest(digit: string, architecture: string, containers: string[] = []): ImageManifest {
  return {
    ID: `sha256:${digit.repeat(64)}`,
    Kind: "image",
    Size: { Total: 13_600_000, Content: 4_090_000 },
    ImageData: { Platform: { os: "linux", architecture }, Containers: containers },
  };
}

test("platforms are listed below their image", () => {
  const image = {
    Id: `sha256:${"a".repeat(64)}`,
    ParentId: "",
    RepoDigests: [],
    Created: 0,
    Size: 27_200_000,
    SharedSize: -1,
    Labels: null,
    Containers: -1,
  };
  const attestation: ImageManifest = { ID: "x", Kind: "attestation", Size: { Total: 1, Content: 1 } };
  const several = [manifest("b", "amd64", ["c1"]), attestation, manifest("c", "arm64")];
  const images = [
    { ...image, RepoTags: ["alpine:3", "alpine:latest"], Manifests: several },
    { ...image, RepoTags: [], Size: 5_000 },
  ];
  expect(imageTree(images, false)).not.toContain("<untagged>");
  expect(imageTree(images, true).split("\n")).toEqual([
    "IMAGE            ID             DISK USAGE   CONTENT SIZE   EXTRA",
    "alpine:3",
    "alpine:latest    aaaaaaaaaaaa       27.2MB         8.18MB   U",
    "├─ linux/amd64   bbbbbbbbbbbb       13.6MB         4.09MB   U",
    "└─ linux/arm64   cccccccccccc       13.6MB         4.09MB",
    "<untagged>       aaaaaaaaaaaa          5kB             0B",
    "",
    "U: in use by a container",
    "",
  ]);
});
