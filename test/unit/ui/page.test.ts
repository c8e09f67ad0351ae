// Parts of the page that need no browser: the line of `berth run`, logs, colours, and the size of it all.
import { describe, expect, test } from "bun:test";
import { contextOf } from "../../../src/ui/page/images/context.ts";
import { pieces, piecesBetween, plain } from "../../../src/ui/page/logs/ansi.ts";
import { LogBuffer } from "../../../src/ui/page/logs/buffer.ts";
import { Demultiplexer } from "../../../src/ui/page/logs/demultiplex.ts";
import { lineOf, noSettings, requestOf, settingsOf } from "../../../src/ui/page/run/line.ts";
import { en } from "../../../src/ui/page/texts/en.ts";
import { ko } from "../../../src/ui/page/texts/ko.ts";
import { Assets } from "../../../src/ui/server/assets.ts";
import { contextAnswer } from "../../../src/ui/server/context.ts";
import type { ContextAnswer, ContextQuestion } from "../../../src/ui/wire/context.ts";

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
    ["docker run --env-file .env x", "the form has no field for --env-file"],
    ["docker run -v $PWD:/app x", "the page is not a shell: write the value of $PWD instead"],
    ['docker run -u "$(id -u):$(id -g)" x', "the page is not a shell: write the value of $(id -u) instead"],
    ["docker run --cap-add", "flag needs an argument: --cap-add"],
    ["docker run -z x", "the form has no field for -z"],
    ["docker run -e", "flag needs an argument: -e"],
    ["docker run 'x", "the quote ' is not closed"],
    ["ls", '"berth run" or "docker run" is expected'],
  ])("%s is refused", (line, message) => {
    expect(() => settingsOf(line)).toThrow(message);
  });
  test.each([
    ["docker run hello-world", { Image: "hello-world" }],
    [
      "docker run -it --rm ubuntu bash",
      { Tty: true, OpenStdin: true, Cmd: ["bash"], HostConfig: { AutoRemove: true } },
    ],
    [
      "docker run -d --name db -e POSTGRES_PASSWORD=secret -v pg:/var/lib/postgresql/data -p 5432:5432 postgres:16",
      { Env: ["POSTGRES_PASSWORD=secret"], HostConfig: { Binds: ["pg:/var/lib/postgresql/data"] } },
    ],
    [
      "docker run --name mysql -e MYSQL_ROOT_PASSWORD=pw -d mysql:8 --character-set-server=utf8mb4",
      { Image: "mysql:8", Cmd: ["--character-set-server=utf8mb4"] },
    ],
    [
      "docker run -d -p 9000:9000 --restart=always -v /var/run/docker.sock:/var/run/docker.sock portainer/portainer-ce",
      { HostConfig: { RestartPolicy: { Name: "always" }, Binds: ["/var/run/docker.sock:/var/run/docker.sock"] } },
    ],
    [
      "docker run -d --net=host --cap-add=NET_ADMIN --cap-add SYS_TIME --device /dev/net/tun --sysctl net.ipv4.ip_forward=1 vpn",
      {
        HostConfig: {
          NetworkMode: "host",
          CapAdd: ["NET_ADMIN", "SYS_TIME"],
          Devices: [{ PathOnHost: "/dev/net/tun", PathInContainer: "/dev/net/tun", CgroupPermissions: "rwm" }],
          Sysctls: { "net.ipv4.ip_forward": "1" },
        },
      },
    ],
    [
      "docker run -d -P --shm-size=2g --ulimit nofile=1024:2048 selenium/standalone-chrome",
      {
        HostConfig: {
          PublishAllPorts: true,
          ShmSize: 2 * 1024 ** 3,
          Ulimits: [{ Name: "nofile", Soft: 1024, Hard: 2048 }],
        },
      },
    ],
    [
      "docker run -d --add-host db:10.0.0.2 --dns 1.1.1.1 --security-opt no-new-privileges --tmpfs /run:size=1m app",
      {
        HostConfig: {
          ExtraHosts: ["db:10.0.0.2"],
          Dns: ["1.1.1.1"],
          SecurityOpt: ["no-new-privileges"],
          Tmpfs: { "/run": "size=1m" },
        },
      },
    ],
    [
      'docker run -d --mount type=bind,source="/srv/a b",target=/data,readonly -l a=b app',
      { HostConfig: { Mounts: [{ Type: "bind", Source: "/srv/a b", Target: "/data", ReadOnly: true }] } },
    ],
    [
      "sudo docker container run -d --log-driver json-file --log-opt max-size=10m --pids-limit 100 --stop-timeout 30 app",
      {
        StopTimeout: 30,
        HostConfig: { LogConfig: { Type: "json-file", Config: { "max-size": "10m" } }, PidsLimit: 100 },
      },
    ],
  ])("%s", (line, request) => {
    expect(requestOf(settingsOf(line))).toMatchObject(request);
    // The form writes it again in its own order, with the same meaning.
    expect(requestOf(settingsOf(lineOf(settingsOf(line))))).toEqual(requestOf(settingsOf(line)));
  });
  test("the request contains the options of the line", () => {
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
    expect(() => requestOf(settingsOf("docker run -m much x"))).toThrow("invalid size: 'much'");
  });
});

describe("logs", () => {
  test("colours become styles, other sequences are dropped", () => {
    expect(pieces("a\x1b[1;31mb\x1b[0mc\x1b[2K\x1b]0;title\x07d")).toEqual([
      { text: "a", style: "" },
      { text: "b", style: "ansi-bold ansi-1" },
      { text: "c", style: "" },
      { text: "d", style: "" },
    ]);
    expect(plain("\x1b[38;5;1mred\x1b[m\x07")).toBe("red");
    expect(piecesBetween("ab\x1b[32mcd", 1, 3).map(({ text }) => text)).toEqual(["b", "c"]);
  });
  const filled = (...lines: string[]): LogBuffer => {
    const buffer = new LogBuffer();
    for (const text of lines) buffer.append({ text, stream: 1, source: "" });
    return buffer;
  };
  const rowsOf = (buffer: LogBuffer): string[] =>
    buffer.rows(0, buffer.rowCount).map(({ line, start, end }) => plain(line.text).slice(start, end));

  test("shows matching lines, wrapped at the width", () => {
    const buffer = filled("0123456789", "short", "\x1b[31mred\x1b[0m");
    buffer.show({ search: "", columns: 4 });
    expect(buffer.settle(1000)).toBe(true);
    expect(rowsOf(buffer)).toEqual(["0123", "4567", "89", "shor", "t", "red"]);
    buffer.append({ text: "later", stream: 2, source: "" });
    expect(buffer.rows(6, 9).map(({ line }) => line)).toEqual(Array(2).fill({ text: "later", stream: 2, source: "" }));
    buffer.show({ search: "RED", columns: 4 });
    buffer.settle(1000);
    expect(rowsOf(buffer)).toEqual(["red"]);
    buffer.show({ search: "s", columns: 4 });
    buffer.settle(1000);
    expect(buffer.rows(0, 9).map(({ line, start }) => [line.text, start])).toEqual([
      ["short", 0],
      ["short", 4],
    ]);
  });
  test.each([
    ["wide characters take two cells and are not divided", "가나다라", ["가나", "다라"]],
    ["a wide character that does not fit goes to the next row", "a가나다", ["a가", "나다"]],
    ["half-width forms take one cell", "ｱｲｳｴｵ", ["ｱｲｳｴ", "ｵ"]],
    ["emoji that are joined stay together", "ab👩‍👩‍👧cd👍🏽", ["ab👩‍👩‍👧", "cd👍🏽"]],
    ["combining marks take no cell", "e\u0301e\u0301e\u0301e\u0301e\u0301", ["e\u0301".repeat(4), "e\u0301"]],
    ["two regional indicators are one flag", "🇰🇷🇰🇷x", ["🇰🇷🇰🇷", "x"]],
    ["colours take no cell", "\x1b[32m日本\x1b[0m語", ["日本", "語"]],
    ["a tab goes to the next stop", "\tx", ["\t", "x"]],
  ])("%s", (_, text, rows) => {
    const buffer = filled(text);
    buffer.show({ search: "", columns: 4 });
    buffer.settle(1000);
    expect(buffer.rowCount).toBe(rows.length);
    expect(rowsOf(buffer)).toEqual(rows);
  });
  test("a log of any length stays within its bounds and reports what it dropped", () => {
    const maxLines = 10_000;
    const buffer = new LogBuffer({ maxLines });
    const lines = 25_000;
    for (let number = 0; number < lines; number++) buffer.append({ text: `line ${number}`, stream: 1, source: "" });
    expect(buffer.count).toBeLessThanOrEqual(maxLines);
    expect(buffer.count + buffer.dropped).toBe(lines);
    expect(buffer.droppedRows).toBe(buffer.dropped);
    expect(buffer.rows(0, 1)[0]?.line.text).toBe(`line ${buffer.dropped}`);
    expect(buffer.rows(buffer.rowCount - 1, 5).map(({ line }) => line.text)).toEqual([`line ${lines - 1}`]);
  });
  test("rows of a long log are counted in parts, the newest first", () => {
    const buffer = filled(...Array.from({ length: 5_000 }, (_, number) => `line ${number} of many`));
    buffer.show({ search: "of many", columns: 10 });
    expect(buffer.settle(-1)).toBe(false);
    buffer.append({ text: "the newest of many", stream: 1, source: "" });
    while (!buffer.settle(-1)) expect(buffer.rowCount).toBeLessThan(10_002);
    expect(buffer.rowCount).toBe(10_002);
  });
  test("frames are assembled from chunks of any size", () => {
    const frames = [
      [1, "one\n"],
      [1, "two\n"],
      [2, "three\n"],
      [1, ""],
      [1, "four"],
    ] as const;
    const all = Buffer.concat(
      frames.map(([stream, text]) =>
        Buffer.concat([Buffer.from([stream, 0, 0, 0, 0, 0, 0, text.length]), Buffer.from(text)]),
      ),
    );
    for (const size of [1, 3, 8, 9, 13, all.length]) {
      const demultiplexer = new Demultiplexer();
      const found = new Map<number, string>();
      for (let at = 0; at < all.length; at += size) {
        for (const { stream, bytes } of demultiplexer.add(all.subarray(at, at + size))) {
          found.set(stream, (found.get(stream) ?? "") + new TextDecoder().decode(bytes));
        }
      }
      expect(Object.fromEntries(found)).toEqual({ 1: "one\ntwo\nfour", 2: "three\n" });
    }
  });
});

describe("the context of a build", () => {
  const file = (name: string, content = "") => ({ name, file: new File([content], name.split("/").at(-1) ?? name) });
  const ask = async (question: ContextQuestion): Promise<ContextAnswer> => {
    const body = JSON.stringify(question);
    const headers = { "content-length": String(body.length) };
    const response = await contextAnswer(new Request("http://page/context", { method: "POST", body, headers }));
    if (response.status !== 200) throw new Error(await response.text());
    return JSON.parse(await response.text());
  };
  const namesOf = async (files: ReturnType<typeof file>[], dockerfile = "") =>
    (await contextOf(files, dockerfile, ask)).map(({ name }) => name);
  const tree = [
    file("Dockerfile"),
    file("src/a.ts"),
    file("src/a.test.ts"),
    file("node_modules/x/index.js"),
    file("keep.log"),
  ];

  test("is the whole directory without rules", async () => {
    expect(await namesOf(tree)).toEqual(tree.map(({ name }) => name));
  });
  test("leaves out what .dockerignore names, but never the Dockerfile and the rules", async () => {
    const rules = file(
      ".dockerignore",
      "# rules\nnode_modules\n**/*.test.ts\n*.log\n!keep.log\nDockerfile\n.dockerignore\n",
    );
    expect(await namesOf([...tree, rules])).toEqual(["Dockerfile", "src/a.ts", "keep.log", ".dockerignore"]);
  });
  test("follows the rules of the Dockerfile first", async () => {
    const rules = [file("web.Dockerfile"), file("web.Dockerfile.dockerignore", "src\n"), file(".dockerignore", "*\n")];
    expect(await namesOf([...tree, ...rules], "./web.Dockerfile")).not.toContain("src/a.ts");
    expect(await namesOf([...tree, ...rules], "./web.Dockerfile")).toContain("node_modules/x/index.js");
  });
  test("is refused when a pattern is invalid", () => {
    expect(namesOf([...tree, file(".dockerignore", "[")])).rejects.toThrow("syntax error in pattern");
  });
});

test("the whole page is under 500 KB when compressed", async () => {
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
