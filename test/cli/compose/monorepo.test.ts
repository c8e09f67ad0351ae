// A repository of several applications: each has its own Compose file and variables, the root includes them, and they
// extend common services. On Berth and on Docker's engine.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ComposeProject } from "../../support/compose-project.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { referenceIsInstalled } from "../../support/reference.ts";
import { lacks } from "../../support/requirement.ts";

const files = {
  "compose.yaml": `name: monorepo
include:
  - apps/shop/compose.yaml
  - path: [apps/blog/compose.yaml, apps/blog/compose.local.yaml]
    env_file: [apps/blog/blog.env]
services:
  proxy:
    extends: {file: common/services.yaml, service: base}
    command: sh -c 'wget -qO- http://shop:8000/ http://blog:8000/; exec sleep 1000'
    depends_on: {shop: {condition: service_healthy}, blog: {condition: service_healthy}}
    networks: [shared]
    tmpfs: [/run]
networks: {shared: }
`,
  ".env": "GREETING=from the root\n",
  "common/services.yaml": `services:
  base: {image: busybox, init: true, stop_grace_period: 1s, restart: unless-stopped, environment: {COMMON: "yes"}}
  server:
    extends: base
    command: sh -c 'mkdir /www; echo "$$NAME $$GREETING $$COMMON $$(cat /data/words)" > /www/index.html; exec httpd -f -p 8000 -h /www'
    healthcheck: {test: wget -qO- http://127.0.0.1:8000/, interval: 200ms, retries: 100}
    volumes: ["./data:/data:ro"]
`,
  "common/data/words": "common words",
  "apps/shop/compose.yaml": `services:
  shop:
    extends: {file: ../../common/services.yaml, service: server}
    environment: {NAME: shop, GREETING: "\${GREETING}"}
    networks: [shared, shop]
networks: {shared: , shop: {internal: true}}
`,
  "apps/blog/compose.yaml": `services:
  blog:
    extends: {file: ../../common/services.yaml, service: server}
    environment: {NAME: "\${BLOG:?}", GREETING: hidden}
    volumes: !override ["./data:/data:ro"]
    networks: [shared]
`,
  "apps/blog/compose.local.yaml": "services: {blog: {environment: {GREETING: local}}}\n",
  "apps/blog/blog.env": "BLOG=blog\n",
  "apps/blog/data/words": "words of the blog",
};

const withoutDocker = lacks("dockerd", referenceIsInstalled);

describe.each(["berth", "docker"] as const)("a monorepo on %s", (engine) => {
  describe.skipIf(engine === "docker" && withoutDocker)("as one project", () => {
    let daemon: TestDaemon;

    beforeAll(async () => {
      daemon = await startDaemon({ engine });
      await daemon.importBusybox();
    });

    afterAll(() => daemon?.dispose());

    test("runs with each application's files and variables, changes one application, and is removed", async () => {
      await using project = new ComposeProject(daemon, files);
      await project.must(["up", "-d", "--wait"]);
      expect(await project.must(["logs", "--no-log-prefix", "proxy"])).toBe(
        "shop from the root yes common words\nblog local yes words of the blog\n",
      );
      const ids = async (...services: string[]) => project.must(["ps", "-q", ...services]);
      const [shop, blog] = [await ids("shop"), await ids("blog")];
      project.write("apps/blog/blog.env", "BLOG=weblog\n");
      await project.must(["up", "-d", "--wait", "blog"]);
      expect(await ids("shop")).toBe(shop);
      expect(await ids("blog")).not.toBe(blog);
      expect(await project.must(["exec", "-T", "proxy", "wget", "-qO-", "http://blog:8000/"])).toBe(
        "weblog local yes words of the blog\n",
      );
      // An application alone is a project of its own.
      expect(await project.must(["-f", "apps/shop/compose.yaml", "config", "--services"])).toBe("shop\n");
      await project.must(["down", "-v"]);
      expect(await project.must(["ps", "-aq"])).toBe("");
    });
  });
});
