// The behaviour of `compose` that depends on the engine, on Docker's: version 20.10 speaks an API that is older than
// several of Compose's features.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ComposeProject, SLEEPER } from "../../support/compose-project.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";
import { referenceIsInstalled } from "../../support/reference.ts";
import { lacks } from "../../support/requirement.ts";

describe.skipIf(lacks("dockerd", referenceIsInstalled))("compose on Docker's engine", () => {
  let docker: TestDaemon;

  beforeAll(async () => {
    docker = await startDaemon({ engine: "docker" });
    await docker.importBusybox();
  });

  afterAll(() => docker?.dispose());

  test("creates, keeps, recreates, scales, runs, and takes down", async () => {
    await using project = new ComposeProject(docker, {
      "compose.yaml": `name: foreign
x-sleeper: &sleeper {${SLEEPER}}
services:
  web:
    <<: *sleeper
    environment: {V: "\${V:-1}"}
    depends_on: {db: {condition: service_healthy, restart: true}}
    secrets: [token]
    configs: [{source: settings, target: /etc/settings}]
    networks: {front: {aliases: [shop]}, back: {}}
    mac_address: 02:42:ac:11:00:99
  db:
    <<: *sleeper
    command: sh -c 'touch /ready; exec sleep 1000'
    healthcheck: {test: test -f /ready, interval: 200ms, retries: 50}
    volumes: ["data:/data", /anonymous]
    networks: [back]
secrets: {token: {environment: TOKEN}}
configs: {settings: {content: "colour=blue\\n"}}
networks: {front: , back: }
volumes: {data: }
`,
    });
    const env = { TOKEN: "secret\n" };
    await project.must(["up", "-d", "--wait"], env);
    const files = await project.must(["exec", "-T", "web", "cat", "/run/secrets/token", "/etc/settings"], env);
    expect(files).toBe("secret\ncolour=blue\n");
    const inspect = async () => Object(await docker.call("GET", "/containers/foreign-web-1/json"));
    const { Id, NetworkSettings } = await inspect();
    expect(Object.keys(NetworkSettings.Networks).sort()).toEqual(["foreign_back", "foreign_front"]);
    expect(NetworkSettings.Networks.foreign_front.Aliases).toContain("shop");
    const addresses = Object.values(NetworkSettings.Networks).map((network) => Object(network).MacAddress);
    expect(addresses).toContain("02:42:ac:11:00:99");

    const again = await project.run(["up", "-d"], env);
    expect(again.stderr).toContain(" Container foreign-web-1  Running ");
    expect((await inspect()).Id).toBe(Id);
    await project.must(["up", "-d", "-t", "0"], { ...env, V: "2" });
    expect((await inspect()).Id).not.toBe(Id);
    expect(await project.must(["run", "--rm", "-T", "web", "sh", "-c", "echo $V; exit 0"], env)).toBe("1\n");
    await project.must(["up", "-d", "--no-recreate", "--scale", "db=2"], { ...env, V: "2" });
    expect(await project.must(["ps", "--format", "{{.Name}}"], env)).toBe(
      "foreign-db-1\nforeign-db-2\nforeign-web-1\n",
    );
    await project.must(["down", "-v"], env);
    expect(await docker.call("GET", "/networks?filters=%7B%22name%22%3A%5B%22foreign%22%5D%7D")).toEqual([]);
  });

  test("attached: output, exit code, and the engine's errors", async () => {
    await using project = new ComposeProject(docker, {
      "compose.yaml": `name: attachedforeign
services:
  one: {image: busybox, command: sh -c 'echo from one; exit 7'}
  longer: {${SLEEPER}}
`,
    });
    const { code, stdout } = await project.run(["up", "--exit-code-from", "one"]);
    expect(stdout).toContain("one-1     | from one\n");
    expect(stdout).toContain("one-1 exited with code 7\n");
    expect(code).toBe(7);
    project.write(
      "compose.yaml",
      "name: attachedforeign\nservices: {a: {image: 'localhost:1/none', pull_policy: never}}\n",
    );
    expect((await project.run(["up"])).stderr).toContain("No such image: localhost:1/none");
  });
});
