// Commands before and after the start of a service and before its stop, on Berth and on Docker's engine.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ComposeProject, SLEEPER } from "../../support/compose-project.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { referenceIsInstalled } from "../../support/reference.ts";
import { lacks } from "../../support/requirement.ts";

const withoutDocker = lacks("dockerd", referenceIsInstalled);

describe.each(["berth", "docker"] as const)("hooks on %s", (engine) => {
  describe.skipIf(engine === "docker" && withoutDocker)("of a service", () => {
    let daemon: TestDaemon;

    beforeAll(async () => {
      daemon = await startDaemon({ engine });
      await daemon.importBusybox();
    });

    afterAll(() => daemon?.dispose());

    test("pre_start runs once, in order, before the first container of a service", async () => {
      await using project = new ComposeProject(daemon, {
        "compose.yaml": `name: before
services:
  app:
    image: busybox
    init: true
    stop_grace_period: 1s
    command: sh -c 'cat /shared/log; exec sleep 1000'
    environment: {FROM: service, MINE: service}
    volumes: ["data:/shared"]
    networks: [one, two]
    pre_start:
      - {command: [sh, -c, 'echo "first $$FROM $$MINE $$(id -u)" >> /shared/log'], environment: {MINE: hook}}
      - {image: busybox, command: sh -c 'echo second; echo second >> /shared/log'}
networks: {one: , two: }
volumes: {data: }
`,
      });
      const log = "first service hook 0\nsecond\n";
      await project.must(["up", "-d"]);
      expect(await project.must(["exec", "-T", "app", "cat", "/shared/log"])).toBe(log);
      await project.must(["up", "-d", "--scale", "app=2"]);
      expect(await project.must(["exec", "-T", "app", "cat", "/shared/log"])).toBe(log);
      expect((await project.must(["ps", "-aq"])).trim().split("\n")).toHaveLength(2);
      await project.must(["up", "-d", "--force-recreate", "-t", "0"]);
      expect(await project.must(["exec", "-T", "app", "cat", "/shared/log"])).toBe(log + log);
    });

    test("a pre_start command that fails prevents the start; its container stays until the next run", async () => {
      await using project = new ComposeProject(daemon, {
        "compose.yaml": `name: prevented
x-sleeper: &sleeper {${SLEEPER}}
services:
  app:
    <<: *sleeper
    pre_start:
      - command: "true"
      - command: sh -c 'echo progress; echo the reason >&2; exit 17'
      - command: sh -c 'echo never'
`,
      });
      const { code, stderr } = await project.run(["up", "-d"]);
      expect(stderr).toMatch(
        /service "app" pre_start\[1\] exited with code 17: the reason \(hook container [0-9a-f]{12} retained for inspection\)\n$/,
      );
      expect(code).toBe(1);
      expect(await project.must(["ps", "-a", "--format", "{{.Name}} {{.State}}"])).toBe("prevented-app-1 created\n");
      const hooks = async () => (await daemon.berth(["ps", "-aqf", "label=com.docker.compose.hook=pre_start"])).stdout;
      const [first] = [await hooks()];
      expect(first.trim().split("\n")).toHaveLength(1);
      await project.run(["up", "-d"]);
      expect((await hooks()).trim().split("\n")).toHaveLength(1);
      expect(await hooks()).not.toBe(first);
      await project.must(["down"]);
      expect(await hooks()).toBe("");
    });

    test("post_start and pre_stop run in the container; their output is shown behind their name", async () => {
      await using project = new ComposeProject(daemon, {
        "compose.yaml": `name: around
x-sleeper: &sleeper {${SLEEPER}}
services:
  app:
    image: busybox
    command: sh -c 'while [ ! -e /started ]; do sleep 0.1; done; exit 3'
    pre_start: [{command: sh -c 'echo preparing'}]
    post_start: [{command: sh -c 'echo "started by $$WHO in $$PWD"; touch /started', environment: {WHO: me}, working_dir: /tmp}]
  other:
    <<: *sleeper
    volumes: ["data:/data"]
    pre_stop: [{command: touch /data/stopped}]
  failing:
    <<: *sleeper
    profiles: [failing]
    post_start: [{command: sh -c 'echo broken; exit 4'}]
volumes: {data: }
`,
      });
      const { code, stdout } = await project.run(["up", "--exit-code-from", "app"]);
      expect(stdout).toMatch(/^app pre_start\[0\] -> *\| preparing$/m);
      expect(stdout).toMatch(/^app-1 -> *\| started by me in \/tmp$/m);
      expect(code).toBe(3);
      expect(await project.must(["run", "--rm", "-T", "other", "ls", "/data"])).toBe("stopped\n");
      const failed = await project.run(["up", "-d", "failing"]);
      expect(failed.stderr).toEndWith("failing hook exited with status 4: broken\n");
      expect(failed.code).toBe(1);
      await project.run(["--profile", "failing", "down", "-t", "0"]);
    });
  });
});
