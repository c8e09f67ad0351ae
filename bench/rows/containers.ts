// The container lifecycle, one command per row.
import { connect } from "node:net";
import type { BenchEngine } from "../engine.ts";
import { type Row, timed, timedAsync } from "../row.ts";

const idle = ["busybox", "sleep", "1000000"];

/** A container name that is not used in any other round. */
const nameOf = (round: number) => `bench-${round}`;

export const containerRows: Row[] = [
  {
    name: "run --rm IMAGE true, bridge",
    unit: "ms",
    better: "lower",
    budget: 0.17,
    rounds: 11,
    measure: (engine) => timed(() => engine.run(["run", "--rm", "busybox", "true"])),
  },
  {
    name: "run --rm IMAGE true, network none",
    unit: "ms",
    better: "lower",
    budget: 0.3,
    rounds: 11,
    measure: (engine) => timed(() => engine.run(["run", "--rm", "--network", "none", "busybox", "true"])),
  },
  {
    name: "run -d -p until the port answers",
    unit: "ms",
    better: "lower",
    budget: 0.3,
    rounds: 9,
    measure: async (engine, round) => {
      const port = 20_000 + round;
      const argv = ["run", "-d", "--name", nameOf(round), "-p", `0.0.0.0:${port}:80`, "busybox"];
      const duration = await timedAsync(async () => {
        engine.run([...argv, "httpd", "-f", "-p", "80"]);
        await untilPortAnswers(engine.address, port);
      });
      engine.remove([nameOf(round)]);
      return duration;
    },
  },
  {
    name: "create",
    unit: "ms",
    better: "lower",
    budget: 0.6,
    rounds: 15,
    measure: (engine, round) => {
      const duration = timed(() => engine.run(["create", "--name", nameOf(round), ...idle]));
      engine.remove([nameOf(round)]);
      return duration;
    },
  },
  {
    name: "start",
    unit: "ms",
    better: "lower",
    budget: 0.3,
    rounds: 9,
    measure: (engine, round) => {
      engine.run(["create", "--name", nameOf(round), ...idle]);
      const duration = timed(() => engine.run(["start", nameOf(round)]));
      engine.remove([nameOf(round)]);
      return duration;
    },
  },
  {
    name: "stop",
    unit: "ms",
    better: "lower",
    budget: 0.4,
    rounds: 9,
    measure: (engine, round) => {
      // A shell with a trap exits on SIGTERM at once; PID 1 without a handler would wait for SIGKILL.
      const program = "trap 'exit 0' TERM; while :; do sleep 1000 & wait; done";
      engine.run(["run", "-d", "--name", nameOf(round), "busybox", "sh", "-c", program]);
      const duration = timed(() => engine.run(["stop", nameOf(round)]));
      engine.remove([nameOf(round)]);
      return duration;
    },
  },
  {
    name: "rm -f of a running one",
    unit: "ms",
    better: "lower",
    budget: 0.4,
    rounds: 9,
    measure: (engine, round) => {
      engine.run(["run", "-d", "--name", nameOf(round), ...idle]);
      return timed(() => engine.remove([nameOf(round)]));
    },
  },
  {
    name: "exec C true",
    unit: "ms",
    better: "lower",
    budget: 0.4,
    rounds: 15,
    prepare: (engine) => {
      engine.run(["run", "-d", "--name", "exec", ...idle]);
    },
    measure: (engine) => timed(() => engine.run(["exec", "exec", "true"])),
    cleanup: (engine) => {
      engine.remove(["exec"]);
    },
  },
  {
    name: "20 runs, 8 at a time",
    unit: "s",
    better: "lower",
    budget: 0.25,
    rounds: 3,
    measure: async (engine) => (await timedAsync(() => runMany(engine, 20, 8))) / 1000,
  },
];

async function runMany(engine: BenchEngine, count: number, width: number): Promise<void> {
  let left = count;
  const lane = async () => {
    while (left-- > 0) {
      const code = await engine.start(["run", "--rm", "busybox", "true"]).exited;
      if (code !== 0) throw new Error(`a run exited with ${code}`);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
}

/** Waits until a request to the port succeeds. */
export async function untilPortAnswers(address: string, port: number): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await portAnswers(address, port))) {
    if (performance.now() > deadline) throw new Error(`nothing answers on ${address}:${port}`);
    await Bun.sleep(1);
  }
}

function portAnswers(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address, () => socket.write("GET / HTTP/1.0\r\n\r\n"));
    const settle = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(100, () => settle(false));
    socket.once("data", () => settle(true));
    socket.once("error", () => settle(false));
    socket.once("close", () => settle(false));
  });
}
