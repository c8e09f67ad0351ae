// `compose build`: contexts that are other services' images, the bake file, and where the output goes.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { ComposeProject } from "../../support/compose-project.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});

afterAll(() => daemon?.dispose());

const BUILDKIT = { DOCKER_BUILDKIT: "1" };

const FILE = `name: contexts
services:
  app:
    build:
      dockerfile_inline: |
        FROM base
        COPY --from=files /made /copied
      additional_contexts: {base: "service:base", files: "service:files"}
      args: {LEVEL: "\${LEVEL:-3}"}
    command: cat /copied
  user: {image: contexts-app, command: cat /copied}
  base: {build: {dockerfile_inline: FROM busybox}}
  files: {build: {dockerfile_inline: "FROM busybox\\nRUN echo made > /made"}, image: contexts-files:1}
`;

test("builds the services that another one's build takes as contexts, and runs their images", async () => {
  await using project = new ComposeProject(daemon, { "compose.yaml": FILE });
  const { code, stdout, stderr } = await project.run(["build", "app"], BUILDKIT);
  expect({ code, order: stderr.match(/Service (\w+) {2}Built/g) }).toEqual({
    code: 0,
    order: ["Service base  Built", "Service files  Built", "Service app  Built"],
  });
  expect(stdout).toContain("COPY --from=files /made /copied");
  expect((await project.run(["build", "--quiet", "app"], BUILDKIT)).stdout).toBe("");
  // `user` runs an image that no registry has, but another service builds.
  expect((await project.must(["up", "--no-log-prefix"], BUILDKIT)).match(/^made$/gm)).toHaveLength(2);
  await project.must(["down", "--rmi", "all"]);
  expect(await project.run(["build", "app"], { DOCKER_BUILDKIT: "0" })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      "the classic builder doesn't support additional contexts, set DOCKER_BUILDKIT=1 to use BuildKit",
    ),
  });
});

test("--print shows the builds as a bake file", async () => {
  await using project = new ComposeProject(daemon, { "compose.yaml": FILE });
  const bake: unknown = JSON.parse(await project.must(["build", "--print", "app"]));
  expect(bake).toMatchObject({
    group: { default: { targets: ["app"] } },
    target: {
      app: {
        context: project.directory,
        contexts: { base: "target:base", files: "target:files" },
        args: { LEVEL: "3" },
        tags: ["contexts-app"],
        output: ["type=docker"],
      },
      files: { tags: ["contexts-files:1"] },
    },
  });
});
