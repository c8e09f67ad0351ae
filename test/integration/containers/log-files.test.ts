// Log files: json-file matches Docker's format, is complete after a daemon crash and readable by a log shipper; no
// driver's files exceed their limits.
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { eventually } from "../../support/command.ts";
import { lacks } from "../../support/requirement.ts";
import { create, exitCode, inspect, post, remove, run, sharedDaemon } from "./support.ts";

const daemon = sharedDaemon();

const MEGABYTE = 1_000_000;
/** What the issue of limits allows beyond them while a process writes as fast as it can. */
const SLACK = 16 * 2 ** 20;

const logConfig = (Type: string, Config: Record<string, string> = {}) => ({
  HostConfig: { NetworkMode: "none", LogConfig: { Type, Config } },
});

const directoryOf = (id: string): string => join(daemon().dataRoot, "containers", id);

/** The files of a container's log, whatever its driver, with their sizes. */
function logFilesOf(id: string): { name: string; size: number }[] {
  return readdirSync(directoryOf(id))
    .filter((name) => name.includes(".log"))
    .map((name) => ({ name, size: statSync(join(directoryOf(id), name), { throwIfNoEntry: false })?.size ?? 0 }));
}

const bytesOf = (id: string): number => logFilesOf(id).reduce((sum, { size }) => sum + size, 0);

/** The driver's lines, oldest first. While the log `isBeingWritten`, a read may see only a part of the last write. */
function jsonLinesOf(id: string, isBeingWritten = false): string[] {
  const live = `${id}-json.log`;
  const number = (name: string) => Number(/\.(\d+)/.exec(name.slice(live.length))?.[1] ?? 0);
  return readdirSync(directoryOf(id))
    .filter((name) => name.startsWith(live))
    .sort((a, b) => number(b) - number(a))
    .flatMap((name) => {
      const content = readFileSync(join(directoryOf(id), name));
      const text = (name.endsWith(".gz") ? gunzipSync(content) : content).toString();
      expect(isBeingWritten || text === "" || text.endsWith("\n")).toBe(true);
      return text.split("\n").slice(0, -1);
    });
}

/** The lines of a log that is being written: read again when a rotation renames a file between listing and reading it. */
function linesWhileWritten(id: string): Promise<string[]> {
  return eventually("the log between two rotations", () => {
    try {
      return jsonLinesOf(id, true);
    } catch (thrown) {
      if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return undefined;
      throw thrown;
    }
  });
}

interface Entry {
  log: string;
  stream: string;
  time: string;
  attrs?: Record<string, string>;
}

/** Reads a line as strictly as a shipper may: Docker's fields in Docker's order, nothing else. */
function entryOf(line: string): Entry {
  expect(line).toMatch(
    /^\{"log":"(?:[^"\\]|\\.)+","stream":"std(?:out|err)",(?:"attrs":\{[^{}]+\},)?"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{0,8}[1-9])?Z"\}$/,
  );
  const entry: Entry = JSON.parse(line);
  return entry;
}

const numbersOf = (lines: string[]): number[] => lines.map((line) => Number(entryOf(line).log.trim()));

/** The first number that does not follow its predecessor. */
const gapIn = (numbers: number[]): number | undefined =>
  numbers.find((number, index) => index > 0 && number !== (numbers[index - 1] ?? 0) + 1);

describe("json-file", () => {
  test("inspect names the file, and its lines are Docker's", async () => {
    const script = String.raw`printf 'a"b\\c<&>\t\r\n'; printf '\303\244\342\200\250\377\n'; echo err >&2; sleep 0.2; printf end`;
    const id = await run(daemon(), {
      Cmd: ["sh", "-c", script],
      Env: ["STAGE=a<b"],
      Labels: { app: "shop", other: "x" },
      ...logConfig("json-file", { labels: "app", env: "STAGE", tag: "{{.Name}}" }),
    });
    await exitCode(daemon(), id);
    const { LogPath, Name } = await inspect(daemon(), id);
    expect(LogPath).toBe(join(directoryOf(id), `${id}-json.log`));
    const lines = jsonLinesOf(id);
    const attributes = `"attrs":{"STAGE":"a\\u003cb","app":"shop","tag":"${Name.slice(1)}"}`;
    const heads = lines.map((line) => line.slice(0, line.indexOf(',"time"')));
    const expected = [
      [String.raw`a\"b\\c\u003c\u0026\u003e\u0009\r\n`, "stdout"],
      ["\u00e4\\u2028\\ufffd\\n", "stdout"],
      [String.raw`err\n`, "stderr"],
      ["end", "stdout"],
    ].map(([log, stream]) => `{"log":"${log}","stream":"${stream}",${attributes}`);
    expect(heads.sort()).toEqual(expected.sort());
    expect(lines.at(-1)).toStartWith('{"log":"end"');
    for (const line of lines) entryOf(line);
    await remove(daemon(), id);
  });

  test("long lines are split where Docker splits them and joined when read", async () => {
    const id = await run(daemon(), {
      Cmd: ["sh", "-c", "head -c 40000 /dev/zero | tr '\\0' x; echo; echo next"],
      ...logConfig("json-file"),
    });
    await exitCode(daemon(), id);
    const entries = jsonLinesOf(id).map(entryOf);
    expect(entries.every(({ log }) => log.length <= 24 * 1024)).toBe(true);
    expect(entries.map(({ log }) => log).join("")).toBe(`${"x".repeat(40_000)}\nnext\n`);
    await remove(daemon(), id);
  });

  test("has every line exactly once, also when the daemon is killed", async () => {
    const id = await run(daemon(), {
      Cmd: [
        "sh",
        "-c",
        "i=0; while [ ! -e /stop ]; do i=$((i+1)); echo $i; [ $((i % 50)) -ne 0 ] || sleep 0.001; done",
      ],
      ...logConfig("json-file", { "max-size": "400k", "max-file": "400" }),
    });
    for (let round = 0; round < 4; round++) {
      const before = (await linesWhileWritten(id)).length;
      await eventually("more lines", async () => (await linesWhileWritten(id)).length > before + 5_000);
      await daemon().crashAndRestart();
    }
    const { Id } = JSON.parse(
      await (await daemon().request("POST", `/containers/${id}/exec`, { Cmd: ["touch", "/stop"] })).text(),
    );
    await post(daemon(), `/exec/${Id}/start`, { Detach: true });
    expect(await exitCode(daemon(), id)).toBe(0);
    const numbers = numbersOf(jsonLinesOf(id));
    expect([numbers[0], gapIn(numbers)]).toEqual([1, undefined]);
    const answer = await daemon().request("GET", `/containers/${id}/logs?stdout=1&tail=1`);
    expect((await answer.text()).slice(8)).toBe(`${numbers.at(-1)}\n`);
    expect(readdirSync(directoryOf(id)).filter((name) => name.startsWith("container.log"))).toEqual([
      "container.log-position",
    ]);
    await remove(daemon(), id);
  });

  test("is rotated by Docker's options and counting, and compressed", async () => {
    const id = await run(daemon(), {
      Cmd: ["seq", "40000"],
      ...logConfig("json-file", { "max-size": "500k", "max-file": "4", compress: "true" }),
    });
    await exitCode(daemon(), id);
    const live = `${id}-json.log`;
    expect(
      logFilesOf(id)
        .map(({ name }) => name)
        .filter((name) => name.startsWith(live))
        .sort(),
    ).toEqual([live, `${live}.1.gz`, `${live}.2.gz`, `${live}.3.gz`]);
    for (const number of [1, 2, 3]) {
      const { length } = gunzipSync(readFileSync(join(directoryOf(id), `${live}.${number}.gz`)));
      expect([length >= 500_000, length < 500_200]).toEqual([true, true]);
    }
    const numbers = numbersOf(jsonLinesOf(id));
    expect([gapIn(numbers), numbers.at(-1)]).toEqual([undefined, 40_000]);
    await remove(daemon(), id);
  });

  test("one file is kept when a size is given and no count, as with Docker", async () => {
    const id = await run(daemon(), { Cmd: ["seq", "20000"], ...logConfig("json-file", { "max-size": "100k" }) });
    await exitCode(daemon(), id);
    expect(
      logFilesOf(id)
        .filter(({ size }) => size > 0 && size !== 256)
        .map(({ name }) => name),
    ).toEqual([`${id}-json.log`]);
    await remove(daemon(), id);
  });

  test.skipIf(lacks("rsyslogd", existsSync("/usr/sbin/rsyslogd")))("a shipper reads it over rotations", async () => {
    const id = await create(daemon(), {
      Cmd: [
        "sh",
        "-c",
        "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo number $i; [ $((i % 300)) -ne 0 ] || sleep 0.5; done",
      ],
      ...logConfig("json-file", { "max-size": "50k", "max-file": "3" }),
    });
    const directory = join(daemon().directory, "shipper");
    mkdirSync(directory);
    const output = join(directory, "shipped");
    const configuration = [
      `global(workDirectory="${directory}")`,
      'module(load="imfile" mode="inotify")',
      'module(load="mmjsonparse")',
      `input(type="imfile" file="${directoryOf(id)}/*-json.log" tag="docker" ruleset="docker")`,
      'template(name="message" type="string" string="%$!stream% %$!log%\\n")',
      'ruleset(name="docker") {',
      '  action(type="mmjsonparse" cookie="")',
      `  if ($parsesuccess == "OK") then action(type="omfile" file="${output}" template="message" asyncWriting="off")`,
      "}",
      "",
    ].join("\n");
    writeFileSync(join(directory, "rsyslog.conf"), configuration);
    const pidFile = join(directory, "pid");
    const shipper = Bun.spawn(["/usr/sbin/rsyslogd", "-n", "-f", join(directory, "rsyslog.conf"), "-i", pidFile], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
    });
    try {
      await eventually("the shipper", () => existsSync(pidFile));
      await post(daemon(), `/containers/${id}/start`);
      const shipped = () => (existsSync(output) ? readFileSync(output, "utf8").split("\n").filter(Boolean) : []);
      await eventually("the last line", () => shipped().some((line) => line.startsWith("stdout number 3000")), 30_000);
      const numbers = shipped().map((line) => Number(/^stdout number (\d+)/.exec(line)?.[1]));
      expect([numbers.length, gapIn(numbers)]).toEqual([3000, undefined]);
    } finally {
      shipper.kill();
      await shipper.exited;
      await remove(daemon(), id);
    }
  });
});

describe.each(["json-file", "local"])("the limits of %s", (driver) => {
  const config = { "max-size": "1m", "max-file": "2" };
  const limit = 2 * MEGABYTE;

  async function watchedPeak(id: string, done: () => Promise<boolean> | boolean): Promise<number> {
    let peak = 0;
    while (!(await done())) {
      peak = Math.max(peak, bytesOf(id));
      await Bun.sleep(1);
    }
    return peak;
  }

  const isOver = (id: string) => async () => !(await inspect(daemon(), id)).State.Running;

  test("hold at any moment for a process writing at full speed, without gaps in the kept part", async () => {
    const last = 1_500_000;
    const id = await run(daemon(), { Cmd: ["seq", String(last)], ...logConfig(driver, config) });
    expect(await watchedPeak(id, isOver(id))).toBeLessThanOrEqual(limit + SLACK);
    expect(bytesOf(id)).toBeLessThanOrEqual(limit + 64 * 1024);
    const answer = await daemon().request("GET", `/containers/${id}/logs?stdout=1`);
    const frames = Buffer.from(await answer.arrayBuffer());
    const numbers: number[] = [];
    for (let offset = 0; offset < frames.length; offset += 8 + frames.readUInt32BE(offset + 4)) {
      numbers.push(Number(frames.toString("latin1", offset + 8, offset + 8 + frames.readUInt32BE(offset + 4))));
    }
    expect([gapIn(numbers), numbers.at(-1)]).toEqual([undefined, last]);
    // At least all but the file that is being filled.
    expect(numbers.length).toBeGreaterThan(10_000);
    await remove(daemon(), id);
  });

  test("hold for endless empty lines, the worst case, also when the daemon is killed", async () => {
    const id = await run(daemon(), { Cmd: ["yes", ""], ...logConfig(driver, config) });
    const until = (milliseconds: number) => {
      const end = Date.now() + milliseconds;
      return () => Date.now() > end;
    };
    expect(await watchedPeak(id, until(1500))).toBeLessThanOrEqual(limit + SLACK);
    await daemon().crashAndRestart();
    await eventually("the limit", () => bytesOf(id) <= limit + SLACK);
    expect(await watchedPeak(id, until(500))).toBeLessThanOrEqual(limit + SLACK);
    await post(daemon(), `/containers/${id}/kill`);
    await exitCode(daemon(), id);
    expect(bytesOf(id)).toBeLessThanOrEqual(limit + 64 * 1024);
    await remove(daemon(), id);
  });

  test("hold over endless restarts", async () => {
    const id = await run(daemon(), {
      Cmd: ["sh", "-c", "yes 0123456789 | head -c 400000; exit 1"],
      HostConfig: {
        NetworkMode: "none",
        LogConfig: { Type: driver, Config: { "max-size": "10k", "max-file": "2" } },
        RestartPolicy: { Name: "on-failure", MaximumRetryCount: 4 },
      },
    });
    await eventually("the last run", async () => {
      const { RestartCount, State } = await inspect(daemon(), id);
      return RestartCount === 4 && State.Status === "exited";
    });
    expect(bytesOf(id)).toBeLessThanOrEqual(20_000 + 1024);
    await remove(daemon(), id);
  });
});
