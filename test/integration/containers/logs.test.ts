// Logs: lines completed late, times and tails across both streams, following, the engine's log budget, and remote
// drivers.
import { describe, expect, test } from "bun:test";
import { createSocket } from "node:dgram";
import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { isAlive } from "../../../src/linux/process.ts";
import { eventually } from "../../support/command.ts";
import { lacks } from "../../support/requirement.ts";
import { create, exitCode, inspect, post, remove, run, sharedDaemon } from "./support.ts";

const daemon = sharedDaemon({ "log-budget": "6m" });

async function logs(id: string, query: string): Promise<string> {
  const answer = await daemon().request("GET", `/containers/${id}/logs?stdout=1&stderr=1&${query}`);
  return contentOf(Buffer.from(await answer.arrayBuffer()));
}

/** The content of whole frames, in order. */
function contentOf(frames: Buffer): string {
  let text = "";
  for (let offset = 0; offset < frames.length; ) {
    const end = offset + 8 + frames.readUInt32BE(offset + 4);
    text += frames.toString("utf8", offset + 8, end);
    offset = end;
  }
  return text;
}

describe("lines", () => {
  test("are complete and ordered by their ends, whatever chunks they were written in", async () => {
    const script =
      "echo one; printf par; sleep 0.1; echo two >&2; sleep 0.1; printf ti; sleep 0.1; echo al; sleep 0.1; printf last";
    const id = await run(daemon(), { Cmd: ["sh", "-c", script] });
    await exitCode(daemon(), id);
    expect(await logs(id, "")).toBe("one\ntwo\npartial\nlast");
    for (const [tail, expected] of [
      [1, "last"],
      [2, "partial\nlast"],
      [3, "two\npartial\nlast"],
      [4, "one\ntwo\npartial\nlast"],
      [9, "one\ntwo\npartial\nlast"],
    ] as const) {
      expect(await logs(id, `tail=${tail}`)).toBe(expected);
    }
    await remove(daemon(), id);
  });

  test("--details shows what the options name", async () => {
    const id = await run(daemon(), {
      Cmd: ["echo", "hi"],
      Env: ["STAGE=test", "OTHER=1"],
      Labels: { app: "shop", x: "y" },
      HostConfig: { LogConfig: { Type: "json-file", Config: { labels: "app", env: "STAGE" } } },
    });
    await exitCode(daemon(), id);
    expect(await logs(id, "details=1")).toBe("STAGE=test,app=shop hi\n");
    await remove(daemon(), id);
  });

  test("--details shows what their patterns find, and the tag", async () => {
    const Config = { "labels-regex": "^a", "env-regex": "^ST", tag: "{{.Name}}/x" };
    const id = await run(
      daemon(),
      {
        Cmd: ["echo", "hi"],
        Env: ["STAGE=a b", "OTHER=1"],
        Labels: { app: "x,y", other: "y" },
        HostConfig: { LogConfig: { Type: "json-file", Config } },
      },
      "tagged",
    );
    await exitCode(daemon(), id);
    expect(await logs(id, "details=1")).toBe("STAGE=a+b,app=x%2Cy,tag=tagged%2Fx hi\n");
    await remove(daemon(), id);
  });
});

describe("following", () => {
  test("from a time to come shows no earlier line", async () => {
    const id = await run(daemon(), { Cmd: ["sh", "-c", "for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.25; done"] });
    const since = Date.now() / 1000 + 1;
    const times = (await logs(id, `follow=1&timestamps=1&since=${since.toFixed(3)}`))
      .split("\n")
      .filter(Boolean)
      .map((line) => Date.parse(line.split(" ")[0] ?? "") / 1000);
    expect(times.length).toBeGreaterThan(0);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(Math.floor(since * 1000) / 1000);
    await remove(daemon(), id);
  });

  test("ends at --until while nothing is written", async () => {
    const id = await run(daemon(), { Cmd: ["sh", "-c", "echo hi; sleep 1000"] });
    const until = (Date.now() / 1000 + 1).toFixed(3);
    expect(await logs(id, `follow=1&until=${until}`)).toBe("hi\n");
    await remove(daemon(), id);
  });

  test("leaves nothing behind when the client disconnects", async () => {
    const id = await run(daemon(), { Cmd: ["sh", "-c", "echo hi; sleep 1000"] });
    const open = () =>
      readdirSync(`/proc/${daemon().pid}/fd`).filter((fd) => {
        try {
          return statSync(`/proc/${daemon().pid}/fd/${fd}`).ino === statSync(logOf(id)).ino;
        } catch {
          return false;
        }
      }).length;
    // The daemon itself writes one.
    const before = open();
    const abort = new AbortController();
    const followers = Array.from({ length: 5 }, () =>
      fetch(`http://localhost/containers/${id}/logs?stdout=1&follow=1`, { unix: daemon().socket, signal: abort.signal })
        .then((answer) => answer.text())
        .catch(() => ""),
    );
    await eventually("the followers", () => open() === before + 5);
    abort.abort();
    await Promise.all(followers);
    await eventually("the files to be closed", () => open() === before);
    await remove(daemon(), id);
  });
});

const logOf = (id: string): string => join(daemon().dataRoot, "containers", id, `${id}-json.log`);

describe("all logs together", () => {
  const budget = 6 * 2 ** 20;

  const total = (ids: string[]) =>
    ids
      .flatMap((id) => readdirSync(join(daemon().dataRoot, "containers", id)).map((name) => [id, name] as const))
      .filter(([, name]) => name.includes(".log") && !name.endsWith("-position"))
      .map(
        ([id, name]) => statSync(join(daemon().dataRoot, "containers", id, name), { throwIfNoEntry: false })?.size ?? 0,
      )
      .reduce((sum, size) => sum + size, 0);

  test.each(["json-file", "local"])("keep within the engine's budget, however fast they grow: %s", async (driver) => {
    const names = ["first", "second"];
    const ids = await Promise.all(
      names.map((name) => run(daemon(), { Cmd: ["yes", name], HostConfig: { LogConfig: { Type: driver } } })),
    );
    const deletions = () => daemon().log.split("log budget exceeded").length;
    const before = deletions();
    let peak = 0;
    while (deletions() < before + 20) {
      peak = Math.max(peak, total(ids));
      await Bun.sleep(1);
    }
    expect(peak).toBeLessThanOrEqual(budget + 16 * 2 ** 20);
    for (const id of ids) await post(daemon(), `/containers/${id}/pause`);
    await eventually("the budget to be kept", () => total(ids) <= budget);
    // One line at most: the pause may have interrupted it, and its first part may be in a file that was deleted.
    const last = await Promise.all(ids.map((id) => logs(id, "tail=1")));
    expect(last.map((text, index) => `${names[index]}\n`.includes(text))).toEqual([true, true]);
    for (const id of ids) await post(daemon(), `/containers/${id}/unpause`);
    await remove(daemon(), ...ids);
  });
});

describe("drivers", () => {
  const bySyslog = (options: Record<string, string>) => ({
    HostConfig: { LogConfig: { Type: "syslog", Config: options } },
  });

  test("syslog over UDP, with tag, facility and severity; the log is readable locally, too", async () => {
    const received: string[] = [];
    const server = createSocket("udp4").on("message", (message) => received.push(message.toString()));
    await new Promise<void>((resolve) => server.bind(0, "127.0.0.1", resolve));
    const id = await run(daemon(), {
      Cmd: ["sh", "-c", "echo good; echo bad >&2"],
      ...bySyslog({
        "syslog-address": `udp://127.0.0.1:${server.address().port}`,
        "syslog-facility": "local0",
        tag: "shop/{{.ID}}",
      }),
    });
    await eventually("both messages", () => received.length === 2);
    const head = (priority: number) =>
      `^<${priority}>[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d shop/${id.slice(0, 12)}\\[\\d+\\]: `;
    expect(received.find((message) => message.endsWith("good"))).toMatch(new RegExp(`${head(16 * 8 + 6)}good$`));
    expect(received.find((message) => message.endsWith("bad"))).toMatch(new RegExp(`${head(16 * 8 + 3)}bad$`));
    expect((await logs(id, "")).split("\n").sort()).toEqual(["", "bad", "good"]);
    server.close();
    await remove(daemon(), id);
  });

  test("syslog over TCP: no line is lost or sent twice while the server or the daemon is away", async () => {
    let text = "";
    const listen = (port: number) =>
      new Promise<ReturnType<typeof createServer>>((resolve) => {
        const server = createServer((socket) => {
          sockets.add(socket);
          socket.on("data", (data) => {
            text += data.toString();
          });
        });
        server.listen(port, "127.0.0.1", () => resolve(server));
      });
    const sockets = new Set<{ destroy(): void }>();
    const first = await listen(0);
    const address = first.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const id = await run(daemon(), {
      Cmd: ["sh", "-c", "i=0; while [ $i -lt 60 ]; do i=$((i+1)); echo line $i; sleep 0.1; done"],
      ...bySyslog({ "syslog-address": `tcp://127.0.0.1:${port}`, "syslog-format": "rfc5424micro", tag: "shop" }),
    });
    await eventually("the first lines", () => text.includes("line 5\n"));
    await daemon().crashAndRestart();
    await eventually("more lines", () => text.includes("line 20\n"));
    const numbers = () => [...text.matchAll(/line (\d+)\n/g)].map(([, number]) => Number(number));
    await eventually("all lines", () => numbers().at(-1) === 60);
    const seen = numbers();
    expect(new Set(seen).size).toBe(60);
    expect(seen.length).toBeLessThanOrEqual(61);
    for (const socket of sockets) socket.destroy();
    first.close();
    await remove(daemon(), id);
  });

  test("syslog: what a container writes while no daemon runs arrives, also a line that was open at the crash", async () => {
    let text = "";
    const server = createServer((socket) => {
      socket.on("data", (data) => {
        text += data.toString();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const script =
      "printf begin; echo one >&2; until [ -e /go ]; do sleep 0.1; done; echo two >&2; echo ning; echo three >&2";
    const id = await run(daemon(), {
      Cmd: ["sh", "-c", script],
      ...bySyslog({ "syslog-address": `tcp://127.0.0.1:${port}`, "syslog-format": "rfc5424micro", tag: "shop" }),
    });
    const messages = () => [...text.matchAll(/ - ([a-z]+)\n/g)].map(([, message]) => message);
    await eventually("the first message", () => messages().includes("one"));
    const { Pid } = (await inspect(daemon(), id)).State;
    await daemon().stop("SIGKILL");
    writeFileSync(`/proc/${Pid}/root/go`, "");
    await eventually("the end", () => !isAlive(Pid));
    await daemon().start();
    // The monitor may read the two streams in any order.
    const expected = ["beginning", "one", "three", "two"];
    await eventually("all messages", () => expected.every((message) => messages().includes(message)));
    expect([...new Set(messages())].sort()).toEqual(expected);
    // The crash may have come between the first message and the record of it.
    expect(messages().length).toBeLessThanOrEqual(expected.length + 1);
    server.close();
    await remove(daemon(), id);
  });

  test("an unreachable syslog fails the start; rejects invalid options", async () => {
    const id = await create(daemon(), { Cmd: ["true"], ...bySyslog({ "syslog-address": "tcp://127.0.0.1:9" }) });
    const start = await daemon().request("POST", `/containers/${id}/start`);
    expect([start.status, JSON.parse(await start.text()).message]).toEqual([
      500,
      expect.stringContaining("failed to initialize logging driver: "),
    ]);
    await remove(daemon(), id);
    for (const [driver, options, says] of [
      ["syslog", { "syslog-address": "bad" }, "syslog-address should be in form proto://address, got bad"],
      ["syslog", { "syslog-facility": "nope" }, "invalid syslog facility"],
      ["syslog", { "syslog-format": "nope" }, "Invalid syslog format"],
      ["json-file", { tag: "{{.Nope}}" }, 'invalid log tag "{{.Nope}}"'],
      ["json-file", { mode: "x" }, "logger: logging mode not supported: x"],
      ["local", { labels: "x" }, "unknown log opt 'labels' for log driver local"],
      ["gelf", {}, "logger: no log driver named 'gelf' is registered"],
      ["nope", {}, "logger: no log driver named 'nope' is registered"],
    ] as const) {
      const answer = await daemon().request("POST", "/containers/create", {
        Image: "busybox",
        HostConfig: { LogConfig: { Type: driver, Config: options } },
      });
      expect([answer.status, JSON.parse(await answer.text()).message]).toEqual([400, expect.stringContaining(says)]);
    }
  });

  test.skipIf(lacks("a host without journald", !existsSync("/run/systemd/journal/socket")))(
    "journald is refused where the host has none",
    async () => {
      const id = await create(daemon(), { Cmd: ["true"], HostConfig: { LogConfig: { Type: "journald" } } });
      const start = await daemon().request("POST", `/containers/${id}/start`);
      expect([start.status, JSON.parse(await start.text()).message]).toEqual([
        500,
        "failed to initialize logging driver: journald is not enabled on this host",
      ]);
      await post(daemon(), "/containers/prune");
    },
  );
});
