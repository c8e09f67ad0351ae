// Multi-platform images: pull, save, load, push and inspect one platform; requests for a missing one fail in Docker's
// words.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { archiveOf } from "../../support/archive.ts";
import { mustRun } from "../../support/command.ts";
import { dockerIsInstalled, startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { publishImage, publishIndex } from "../../support/publish.ts";
import { registryIsInstalled, startRegistry, type TestRegistry } from "../../support/registry.ts";
import { lacks } from "../../support/requirement.ts";

let daemon: TestDaemon;
let registry: TestRegistry;
let directory: string;
/** Of linux/amd64, linux/arm64/v8 and linux/arm/v6. */
let image: string;

const file = (name: string): string => join(directory, name);
const has = (program: string): boolean => Bun.which(program) !== null;

beforeAll(async () => {
  if (!registryIsInstalled || !dockerIsInstalled) return;
  [daemon, registry] = await Promise.all([startDaemon(), startRegistry()]);
  directory = mkdtempSync(join(tmpdir(), "berth-platforms-"));
  image = `${registry.host}/many:one`;
  const entries = [];
  for (const [architecture, variant] of [["amd64"], ["arm64", "v8"], ["arm", "v6"]] as const) {
    const layers = [archiveOf([{ name: "of", content: architecture }])];
    const platform = { architecture, ...(variant ? { variant } : {}) };
    const { manifest } = await publishImage(registry.url, "many", "", { layers, ...platform });
    const stored = await fetch(`${registry.url}/v2/many/manifests/${manifest}`, {
      headers: { Accept: "application/vnd.oci.image.manifest.v1+json" },
    });
    entries.push({ digest: manifest, size: (await stored.bytes()).length, ...platform });
  }
  await publishIndex(registry.url, "many", "one", entries);
});
afterAll(async () => {
  await daemon?.dispose();
  await registry?.dispose();
  if (directory) rmSync(directory, { recursive: true });
});

const docker = (...words: string[]) => daemon.docker(words);
const forget = () => docker("rmi", "-f", image);
const platformOf = async (name = image) =>
  (await docker("image", "inspect", "-f", "{{.Os}}/{{.Architecture}}/{{.Variant}}", name)).stdout.trim();

describe.skipIf(lacks("docker-registry", registryIsInstalled) || lacks("the docker command", dockerIsInstalled))(
  "an image of several platforms",
  () => {
    test.each([
      ["linux/amd64", "linux/amd64/"],
      ["linux/arm64", "linux/arm64/v8"],
      ["arm64", "linux/arm64/v8"],
      ["linux/arm/v7", "linux/arm/v6"],
    ])("is pulled as the one for %s", async (wanted, found) => {
      expect(await docker("pull", "-q", "--platform", wanted, image)).toMatchObject({ code: 0 });
      expect(await platformOf()).toBe(found);
      await forget();
    });

    test("rejects a missing platform in every operation", async () => {
      const other = "linux/s390x";
      const mismatch = `Error response from daemon: image with reference ${image} was found but its platform (linux/arm64/v8) does not match the specified platform (${other})\n`;
      expect((await docker("pull", "--platform", other, image)).stderr).toBe(
        `Error response from daemon: no matching manifest for ${other} in the manifest list entries\n`,
      );
      await docker("pull", "-q", "--platform", "linux/arm64", image);
      const notSaved = await docker("save", "--platform", other, "-o", file("never.tar"), image);
      expect(notSaved).toMatchObject({
        code: 1,
        stderr: `Error response from daemon: no suitable export target found for platform ${other}\n`,
      });
      for (const words of [["push"], ["history"], ["image", "inspect"], ["rmi"]]) {
        const refused = await docker(...words, "--platform", other, image);
        expect({ words, code: refused.code, stderr: refused.stderr }).toEqual({ words, code: 1, stderr: mismatch });
      }
      expect((await docker("create", "--pull", "never", "--platform", other, image, "x")).stderr).toStartWith(
        mismatch.trimEnd(),
      );
      expect(await platformOf()).toBe("linux/arm64/v8");
      for (const words of [["history", "-q"], ["image", "inspect"], ["rmi"]]) {
        expect(await docker(...words, "--platform", "linux/arm64", image)).toMatchObject({ code: 0 });
      }
      expect((await docker("images", "-q")).stdout).toBe("");
    });

    test("saves and loads the stored platform", async () => {
      await docker("pull", "-q", "--platform", "linux/arm64", image);
      expect(await docker("save", "--platform", "linux/arm64", "-o", file("one.tar"), image)).toMatchObject({
        code: 0,
      });
      await forget();
      const other = await docker("load", "--platform", "linux/amd64", "-i", file("one.tar"));
      expect(other).toMatchObject({
        code: 1,
        // As a line of the stream, like all failures of a load.
        stderr: "requested platform (linux/amd64) not found: image might be filtered out\n",
      });
      expect((await docker("images", "-q")).stdout).toBe("");
      await docker("load", "--platform", "linux/arm64", "-i", file("one.tar"));
      expect(await platformOf()).toBe("linux/arm64/v8");
      await forget();
    });

    test.skipIf(lacks("skopeo", has("skopeo")))(
      "is loaded from an archive with all of them, which skopeo made",
      async () => {
        const archive = file("all.tar");
        const from = `docker://${image}`;
        await mustRun([
          "skopeo",
          "copy",
          "--all",
          "--src-tls-verify=false",
          from,
          `oci-archive:${archive}:from/skopeo:all`,
        ]);
        for (const [options, found] of [
          [[], `linux/${process.arch === "arm64" ? "arm64/v8" : "amd64/"}`],
          [["--platform", "linux/arm64"], "linux/arm64/v8"],
          [["--platform", "linux/arm/v7"], "linux/arm/v6"],
        ] as const) {
          expect(await docker("load", ...options, "-i", archive)).toMatchObject({
            code: 0,
            stdout: "Loaded image: from/skopeo:all\n",
          });
          expect(await platformOf("from/skopeo:all")).toBe(found);
          await docker("rmi", "-f", "from/skopeo:all");
        }
        const other = await docker("load", "--platform", "linux/riscv64", "-i", archive);
        expect(other.stderr).toContain("requested platform (linux/riscv64) not found: image might be filtered out\n");
      },
    );

    test.skipIf(lacks("skopeo", has("skopeo")))("of which one was pushed from here is read by skopeo", async () => {
      await docker("pull", "-q", "--platform", "linux/arm64", image);
      const copy = `${registry.host}/copy:arm`;
      await docker("tag", image, copy);
      expect(await docker("push", "-q", "--platform", "linux/arm64", copy)).toMatchObject({ code: 0 });
      const inspected = await mustRun(["skopeo", "inspect", "--tls-verify=false", "--config", `docker://${copy}`]);
      expect(JSON.parse(inspected)).toMatchObject({ architecture: "arm64", variant: "v8" });
      await docker("rmi", "-f", copy, image);
    });
  },
);
