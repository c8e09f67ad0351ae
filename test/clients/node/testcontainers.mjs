// What tests of other projects do with testcontainers; prints one JSON line of what came back.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GenericContainer, Network, Wait } from "testcontainers";

const image = "busybox:latest";
const started = [];

async function start(container) {
  const running = await container.start();
  started.push(running);
  return running;
}

/** The library lets the process end while it still reads logs. */
async function textOf(stream) {
  const staying = setInterval(() => {}, 1000);
  let text = "";
  for await (const chunk of stream) text += chunk;
  clearInterval(staying);
  return text;
}

const server = (port) => ["sh", "-c", `sleep 0.3; echo ready; exec httpd -f -p ${port} -h /www`];
const page = [{ content: "a page\n", target: "/www/index.html" }];

const scenarios = {
  async waiting() {
    const withServer = () => new GenericContainer(image).withCopyContentToContainer(page).withCommand(server(8080));
    const byPort = await start(withServer().withExposedPorts(8080).withWaitStrategy(Wait.forListeningPorts()));
    const byHttp = await start(withServer().withExposedPorts(8080).withWaitStrategy(Wait.forHttp("/", 8080)));
    await start(withServer().withWaitStrategy(Wait.forLogMessage("ready")));
    const probe = { test: ["CMD-SHELL", "wget -q -O /dev/null http://127.0.0.1:8080/"], interval: 100, retries: 100 };
    await start(withServer().withHealthCheck(probe).withWaitStrategy(Wait.forHealthCheck()));
    await start(new GenericContainer(image).withCommand(["true"]).withWaitStrategy(Wait.forOneShotStartup()));
    const fetched = [byPort, byHttp].map(async (container) => {
      const answer = await fetch(`http://${container.getHost()}:${container.getMappedPort(8080)}/`);
      return answer.text();
    });
    return { pages: await Promise.all(fetched) };
  },

  async network() {
    const network = await new Network().start();
    started.push(network);
    const web = new GenericContainer(image).withCopyContentToContainer(page).withCommand(server(80));
    await start(web.withNetwork(network).withNetworkAliases("web").withWaitStrategy(Wait.forLogMessage("ready")));
    const client = await start(new GenericContainer(image).withNetwork(network).withCommand(["sleep", "1000"]));
    const command = ["sh", "-c", "for i in $(seq 50); do wget -q -O - http://web/ && exit; sleep 0.1; done; exit 1"];
    const { output, exitCode } = await client.exec(command);
    return { output, exitCode };
  },

  async commands() {
    const container = await start(
      new GenericContainer(image).withEnvironment({ A: "1" }).withLabels({ x: "y" }).withCommand(["sleep", "1000"]),
    );
    const split = await container.exec(["sh", "-c", "echo out; echo err >&2; exit 3"]);
    const options = { workingDir: "/tmp", env: { B: "2" }, user: "65534" };
    const { output } = await container.exec(["sh", "-c", "pwd; echo $A$B; id -u"], options);
    await container.copyContentToContainer([{ content: "copied\n", target: "/copied", mode: 0o640 }]);
    const { output: copied } = await container.exec(["sh", "-c", "cat /copied; stat -c %a /copied"]);
    await container.restart();
    const { output: after } = await container.exec(["cat", "/copied"]);
    return { stdout: split.stdout, stderr: split.stderr, code: split.exitCode, output, copied, after };
  },

  async dockerfile() {
    const context = mkdtempSync(join(tmpdir(), "berth-testcontainers-"));
    const lines = ["FROM busybox:latest AS page", "ARG TEXT", "RUN mkdir /www && echo $TEXT > /www/index.html"];
    const rest = ["FROM busybox:latest", "COPY --from=page /www /www", "COPY extra /www/", "EXPOSE 8080"];
    writeFileSync(join(context, "web.Dockerfile"), [...lines, ...rest].join("\n"));
    writeFileSync(join(context, "extra"), "extra\n");
    const image = await GenericContainer.fromDockerfile(context, "web.Dockerfile")
      .withBuildArgs({ TEXT: "built" })
      .build("testcontainers-built:1", { deleteOnExit: false });
    rmSync(context, { recursive: true });
    const web = image.withCommand(server(8080)).withWaitStrategy(Wait.forLogMessage("ready"));
    const container = await start(web);
    const { output } = await container.exec(["cat", "/www/index.html", "/www/extra"]);
    return { output };
  },

  async logs() {
    const container = await start(
      new GenericContainer(image)
        .withCommand(["sh", "-c", "echo one; echo two"])
        .withWaitStrategy(Wait.forOneShotStartup()),
    );
    return { text: await textOf(await container.logs()) };
  },
};

try {
  console.log(JSON.stringify(await scenarios[process.argv[2]]()));
} finally {
  for (const each of started.reverse()) await each.stop();
}
