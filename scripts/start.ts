// npm start: from a fresh clone to a container that responds. Skips steps that are already done. Arguments after `--`
// are passed to `berth daemon`.
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { busyboxArchive } from "./setup/busybox.ts";
import { type EngineOptions, engineOptions, startEngine } from "./setup/engine.ts";
import { prepareHost } from "./setup/host.ts";
import { berth } from "./setup/program.ts";
import { type Finished, must, note, program, StepError, say, script } from "./step.ts";

const IMAGE = "busybox:latest";
const CONTAINER = "hello-berth";
const page = `mkdir -p /www && echo '<h1>Hello from a container</h1>' > /www/index.html && exec httpd -f -p 80 -h /www`;

await script(async () => {
  await prepareHost();
  const options = engineOptions(process.argv.slice(2));
  await startEngine(options);
  const client = new Client(options);
  await ensureImage(client);
  const url = await ensurePage(client);
  await fetchPage(url);
  printNext(options, url);
});

/** Runs the command line with this script's engine. */
class Client {
  readonly #env: Record<string, string>;

  constructor(options: EngineOptions) {
    this.#env = { DOCKER_HOST: `unix://${options.socket}` };
  }

  try(argv: string[], deadline?: number): Promise<Finished> {
    return program([berth, ...argv], { env: this.#env, deadline });
  }

  must(argv: string[]): Promise<string> {
    return must([berth, ...argv], { env: this.#env, deadline: 120_000 });
  }
}

async function ensureImage(client: Client): Promise<void> {
  if ((await client.try(["image", "inspect", IMAGE])).code === 0) return;
  if (await dockerHubAnswers()) {
    say(`pulling ${IMAGE} from Docker Hub`);
    const pulled = await client.try(["pull", IMAGE], 180_000);
    if (pulled.code === 0) return;
    note(`the pull failed: ${pulled.output.trim().split("\n").at(-1)}`);
  }
  say(`Docker Hub is out of reach: making ${IMAGE} from this machine's busybox-static package`);
  const archive = join(tmpdir(), `berth-busybox-${process.pid}.tar`);
  writeFileSync(archive, await busyboxArchive());
  try {
    await client.must(["import", "--change", 'CMD ["sh"]', archive, IMAGE]);
  } finally {
    rmSync(archive);
  }
}

async function dockerHubAnswers(): Promise<boolean> {
  const answer = await fetch("https://registry-1.docker.io/v2/", { signal: AbortSignal.timeout(4_000) }).catch(
    () => undefined,
  );
  return answer?.headers.has("docker-distribution-api-version") ?? false;
}

/** Runs the container, new or left by an earlier `npm start`; returns the URL of its page. */
async function ensurePage(client: Client): Promise<string> {
  const state = await client.try(["inspect", "--type", "container", "--format", "{{.State.Running}}", CONTAINER]);
  if (state.code !== 0) {
    say(`running the container ${CONTAINER}, its port 80 published on a free port of this machine`);
    await client.must(["run", "--detach", "--name", CONTAINER, "--publish", "80", IMAGE, "sh", "-c", page]);
  } else if (state.output.trim() !== "true") {
    say(`starting the container ${CONTAINER} again`);
    await client.must(["start", CONTAINER]);
  } else {
    say(`the container ${CONTAINER} is running`);
  }
  const address = (await client.must(["port", CONTAINER, "80/tcp"])).split("\n")[0] ?? "";
  return `http://127.0.0.1:${address.slice(address.lastIndexOf(":") + 1)}/`;
}

async function fetchPage(url: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    if (answer?.ok) {
      say(`${url} answers: ${(await answer.text()).trim()}`);
      return;
    }
    if (Date.now() > deadline) throw new StepError(`nothing answers at ${url}; see \`${berth} logs ${CONTAINER}\``);
    await Bun.sleep(50);
  }
}

function printNext(options: EngineOptions, url: string): void {
  const here = `./${relative(process.cwd(), berth)}`;
  const host = options.socket === "/run/berth.sock" ? "" : `DOCKER_HOST=unix://${options.socket} `;
  console.log(`
Berth is up. Try:

  curl ${url}
  ${host}${here} ps
  ${host}${here} run -it --rm busybox sh
  ${host}${here} logs ${CONTAINER}
  printf 'FROM busybox\\nCMD echo built here\\n' | ${host}${here} build -t mine -
  ${host}${here} run --rm mine
  ${host}${here} rm -f ${CONTAINER}

The docker command works on the same engine:

  DOCKER_HOST=unix://${options.socket} docker ps

\`npm stop\` stops the engine (containers keep running), \`npm start\` starts it again.`);
}
