// Parts of the page that need no browser: the line of `berth run`, logs, colours, and the size of it all.
import { describe, expect, test } from "bun:test";
import { pieces, plain, slice } from "../../../src/ui/page/logs/ansi.ts";
import { LogBuffer } from "../../../src/ui/page/logs/buffer.ts";
import { lineOf, noSettings, requestOf, settingsOf } from "../../../src/ui/page/run/line.ts";
import { en } from "../../../src/ui/page/texts/en.ts";
import { ko } from "../../../src/ui/page/texts/ko.ts";
import { Assets } from "../../../src/ui/server/assets.ts";

describe("the line of berth run", () => {
  test.each([
    "berth run -d busybox",
    "berth run -d --name web -p 8080:80 -v 'a b:/x' -e 'A=it'\\''s' --label a=b -t -i --rm busybox sh -c 'echo $HOME'",
    "berth run -d --restart on-failure:3 -m 1g --cpus 1.5 -u 1000 -w /srv --read-only --init team/app:1",
  ])("%s is read and written the same", (line) => {
    expect(lineOf(settingsOf(line))).toBe(line);
  });
  test("short flags are read joined, with and without a space, and over several lines", () => {
    const settings = settingsOf('docker container run -dit -p80:80 \\\n  --env="A=b c" --net=host alpine sh -x');
    expect(settings).toEqual({
      ...noSettings,
      ...{ tty: true, interactive: true, publish: ["80:80"], env: ["A=b c"], network: "host" },
      ...{ image: "alpine", command: ["sh", "-x"] },
    });
  });
  test.each([
    ["docker run --gpus all x", "the form has no field for --gpus"],
    ["docker run -z x", "the form has no field for -z"],
    ["docker run -e", "flag needs an argument: -e"],
    ["docker run 'x", "the quote ' is not closed"],
    ["ls", '"berth run" or "docker run" is expected'],
  ])("%s is refused", (line, message) => {
    expect(() => settingsOf(line)).toThrow(message);
  });
  test("the request has what the line says", () => {
    const line = "docker run -p 127.0.0.1:8080:80 -p 53/udp -m 512m --cpus 0.5 --restart on-failure:3 -l a=b=c x";
    expect(requestOf(settingsOf(line))).toMatchObject({
      Image: "x",
      Labels: { a: "b=c" },
      HostConfig: {
        PortBindings: {
          "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "8080" }],
          "53/udp": [{ HostIp: "", HostPort: "" }],
        },
        Memory: 512 * 1024 * 1024,
        NanoCpus: 500_000_000,
        RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
      },
    });
    expect(() => requestOf(settingsOf("docker run -p nonsense x"))).toThrow('invalid port "nonsense"');
    expect(() => requestOf(settingsOf("docker run -m much x"))).toThrow('invalid size: "much"');
  });
});

describe("logs", () => {
  test("colours become styles and other sequences nothing", () => {
    expect(pieces("a\x1b[1;31mb\x1b[0mc\x1b[2K\x1b]0;title\x07d")).toEqual([
      { text: "a", style: "" },
      { text: "b", style: "ansi-bold ansi-1" },
      { text: "c", style: "" },
      { text: "d", style: "" },
    ]);
    expect(plain("\x1b[38;5;1mred\x1b[m\x07")).toBe("red");
    expect(slice(pieces("ab\x1b[32mcd"), 1, 3).map(({ text }) => text)).toEqual(["b", "c"]);
  });
  test("rows are those that match, broken at the width", () => {
    const buffer = new LogBuffer();
    for (const text of ["0123456789", "short", "\x1b[31mred\x1b[0m"]) buffer.append({ text, stream: 1, source: "" });
    buffer.show({ search: "", columns: 4 });
    expect(buffer.rows.map(({ start }) => start)).toEqual([0, 4, 8, 0, 4, 0]);
    buffer.show({ search: "RED", columns: 4 });
    expect(buffer.rows).toHaveLength(1);
  });
  test("a log of any length keeps to its bounds, and says what it dropped", () => {
    const buffer = new LogBuffer();
    for (let number = 0; number < 520_000; number++) buffer.append({ text: `line ${number}`, stream: 1, source: "" });
    expect(buffer.lines.length).toBeLessThanOrEqual(500_000);
    expect(buffer.lines.length + buffer.dropped).toBe(520_000);
    expect(buffer.lines.at(-1)?.text).toBe("line 519999");
  });
});

test("the whole page is under 500 KB as it goes over the wire", async () => {
  const { compressedSize } = await Assets.load();
  expect(compressedSize).toBeGreaterThan(50_000);
  expect(compressedSize).toBeLessThan(500_000);
});

test("every translation has every text", () => {
  const keysOf = (value: object): string[] =>
    Object.entries(value).flatMap(([key, child]: [string, unknown]) =>
      typeof child === "object" && child !== null ? keysOf(child).map((rest) => `${key}.${rest}`) : [key],
    );
  expect(keysOf(ko)).toEqual(keysOf(en));
});
