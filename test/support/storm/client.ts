// A storm client: random operations on containers, networks, volumes and images shared with the other clients.
// Rejections are expected; server errors are not.
import { contextOf } from "../build.ts";
import type { TestDaemon } from "../daemon.ts";
import type { Random } from "./random.ts";

const CONTAINERS = ["storm-0", "storm-1", "storm-2", "storm-3", "storm-4", "storm-5"] as const;
const NETWORKS = ["storm-net-0", "storm-net-1"] as const;
const VOLUMES = ["storm-vol-0", "storm-vol-1"] as const;
export const IMAGES = ["storm-image-0", "storm-image-1"] as const;

const COMMANDS: readonly [string[], ...string[][]] = [
  ["sleep", "100000"],
  ["sleep", "100000"],
  ["sh", "-c", "trap 'exit 3' TERM; while :; do sleep 0.05; done"],
  ["sh", "-c", "trap : TERM; while :; do sleep 0.05; done"],
  ["sh", "-c", "sleep 0.2; exit 1"],
  ["true"],
];

export interface StormSetting {
  daemon: TestDaemon;
  /** Ports of the host that containers publish. */
  ports: readonly [number, ...number[]];
}

/** Number of containers that each client runs first. */
const BEGUN_WITH = 2;

/** Expected errors, with Docker's messages and status codes. */
const EXPECTED_FAILURES =
  /port is already allocated|Bind for .* failed|failed to create task|Cannot link|driver failed|failed to join|joining network namespace|cannot join own network|is marked for removal|is not connected to/;

/** Sends one request and returns the body; throws if the daemon has exited. */
type Send = (method: string, path: string, body?: unknown) => Promise<string>;

/** Works until the daemon exits or `isOver`. @returns the failures of the engine */
export async function work(setting: StormSetting, random: Random, isOver: () => boolean): Promise<string[]> {
  const failures: string[] = [];
  const send: Send = async (method, path, body) => {
    const answer = await setting.daemon.request(method, path, body);
    const text = await answer.text();
    if (answer.status >= 500 && !EXPECTED_FAILURES.test(text)) {
      failures.push(`${method} ${path}: ${answer.status} ${text.trim()}`);
    }
    return text;
  };
  const begin = async (): Promise<void> => {
    for (let count = 0; count < BEGUN_WITH; count++) await runContainer(random.of(CONTAINERS), setting, random, send);
  };
  await begin().catch(() => {});
  while (!isOver()) {
    try {
      await act(setting, random, send);
    } catch {
      break; // The daemon has been killed.
    }
  }
  return failures;
}

async function act(setting: StormSetting, random: Random, send: Send): Promise<unknown> {
  const name = random.of(CONTAINERS);
  const network = random.of(NETWORKS);
  switch (random.below(28)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
      return runContainer(name, setting, random, send);
    case 5:
    case 6:
      return send("POST", `/containers/${name}/start`);
    case 7:
      return send("POST", `/containers/${name}/stop?t=${random.below(2)}`);
    case 8:
      return send("POST", `/containers/${name}/kill?signal=${random.of(["KILL", "TERM", "HUP", "USR1"])}`);
    case 9:
      return send("POST", `/containers/${name}/restart?t=${random.below(2)}`);
    case 10:
      return send("POST", `/containers/${name}/pause`);
    case 11:
      return send("POST", `/containers/${name}/unpause`);
    case 12:
    case 13:
      return send("POST", `/commit?container=${name}&repo=${random.of(IMAGES)}&pause=1`, {});
    case 14:
      return execute(name, send);
    case 15:
      return send("POST", `/build?t=${random.of(IMAGES)}&nocache=1`, contextOf({ Dockerfile: dockerfileOf(random) }));
    case 16:
      return send("POST", `/containers/${name}/rename?name=${random.of(CONTAINERS)}`);
    case 17:
      return send("POST", `/containers/${name}/update`, updateOf(random));
    case 18:
      return send("POST", `/networks/${network}/connect`, { Container: name });
    case 19:
      return send("POST", `/networks/${network}/disconnect`, { Container: name, Force: random.below(2) === 0 });
    case 20:
      return random.below(3) > 0
        ? send("POST", "/networks/create", { Name: network })
        : send("DELETE", `/networks/${network}`);
    case 21:
      return random.below(2) === 0
        ? send("PUT", `/containers/${name}/archive?path=/`, contextOf({ copied: String(random.below(1000)) }))
        : send("GET", `/containers/${name}/archive?path=/etc`);
    case 22:
      return send("GET", `/containers/${name}/logs?stdout=1&stderr=1&follow=1&until=${soon()}`);
    case 23:
      return send("POST", `/${random.of(["networks", "volumes", "images"])}/prune`);
    case 24:
      return send("DELETE", `/images/${random.of(IMAGES)}?force=${random.below(2)}`);
    case 25:
      return random.below(2) === 0
        ? send("DELETE", `/volumes/${random.of(VOLUMES)}`)
        : send("GET", `/containers/${name}/stats?stream=0&one-shot=1`);
    default:
      return send("DELETE", `/containers/${name}?force=1&v=1`);
  }
}

/** A moment of this second, in seconds since 1970. */
const soon = (): string => (Date.now() / 1000 + 0.2).toFixed(3);

async function runContainer(name: string, setting: StormSetting, random: Random, send: Send): Promise<void> {
  await send("POST", `/containers/create?name=${name}`, containerOf(setting, random));
  await send("POST", `/containers/${name}/start`);
}

async function execute(container: string, send: Send): Promise<void> {
  const Cmd = ["sh", "-c", "echo a > /exec-was-here; sleep 0.1"];
  const id = /"Id":"([0-9a-f]+)"/.exec(
    await send("POST", `/containers/${container}/exec`, { Cmd, AttachStdout: true }),
  );
  if (id) await send("POST", `/exec/${id[1]}/start`, {});
}

function containerOf({ ports }: StormSetting, random: Random): unknown {
  const policy = random.of(["no", "no", "always", "unless-stopped", "on-failure"]);
  const isPublished = random.below(2) === 0;
  const other = random.of(CONTAINERS);
  return {
    Image: random.of(["busybox", "busybox", ...IMAGES]),
    Cmd: random.of(COMMANDS),
    ...(random.below(4) === 0 ? { Volumes: { "/own": {} } } : {}),
    ...(random.below(4) === 0 ? { Healthcheck: { Test: ["CMD", "true"], Interval: 100_000_000 } } : {}),
    HostConfig: {
      NetworkMode: random.of(["bridge", "bridge", "none", "host", `container:${other}`, ...NETWORKS]),
      RestartPolicy: { Name: policy },
      Init: random.below(4) === 0,
      PidMode: random.below(6) === 0 ? "host" : "",
      AutoRemove: policy === "no" && random.below(4) === 0,
      Binds: random.below(2) === 0 ? [`${random.of(VOLUMES)}:/data`] : [],
      Mounts: random.below(6) === 0 ? [{ Type: "image", Source: random.of(IMAGES), Target: "/mounted" }] : [],
      ...(isPublished ? { PortBindings: { "80/tcp": [{ HostPort: String(random.of(ports)) }] } } : {}),
    },
  };
}

function updateOf(random: Random): unknown {
  return random.below(2) === 0
    ? { RestartPolicy: { Name: random.of(["no", "always", "unless-stopped"]) } }
    : { Memory: (64 + random.below(64)) * 2 ** 20, MemorySwap: -1 };
}

function dockerfileOf(random: Random): string {
  return `FROM busybox\nRUN echo ${random.below(1000)} > /built\nRUN sleep 0.1\n`;
}
