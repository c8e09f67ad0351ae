// Further attacks on the page's server, as bytes: smuggled and trickling requests, many streams, ways around
// read-only mode; and on the page: texts that reverse others, escape sequences of terminals.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import type { Browser, Page } from "playwright-core";
import {
  chromiumIsInstalled,
  launchBrowser,
  openPage,
  type PageServer,
  signIn,
  startPageServer,
} from "../support/browser.ts";
import { eventually } from "../support/command.ts";
import { startDaemon, type TestDaemon } from "../support/daemon.ts";
import { lacks } from "../support/requirement.ts";

describe("attacks on the page's server", () => {
  let daemon: TestDaemon;
  let server: PageServer;
  let head: string;
  let cookie: string;
  let trickling: Promise<string>[] = [];

  beforeAll(async () => {
    daemon = await startDaemon();
    await daemon.importBusybox();
    await daemon.docker(["run", "-d", "--name", "target", "busybox", "sleep", "1000"]);
    server = await startPageServer(daemon.socket);
    cookie = await signIn(server);
    head = `Host: ${new URL(server.origin).host}\r\n`;
    const session = `POST /session HTTP/1.1\r\n${head}Origin: ${server.origin}\r\n`;
    trickling = [
      raw(`GET / HTTP/1.1\r\n${head}X-Slow: `, "a"),
      raw(`GET / HTTP/1.1\r\n${head}`, "X-Slow: a\r\n"),
      raw(`${session}Content-Length: 1000\r\n\r\n{`, "a"),
    ];
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await daemon?.dispose();
  });

  /** Sends bytes as they are, and further ones every second. @returns everything that came until the connection closed */
  const raw = (bytes: string, further = "") =>
    new Promise<string>((resolve) => {
      const { hostname, port } = new URL(server.origin);
      let answer = "";
      const socket = connect(Number(port), hostname, () => socket.write(bytes));
      const timer = further === "" ? undefined : setInterval(() => socket.write(further), 1000);
      socket.on("data", (chunk) => {
        answer += chunk;
      });
      socket.on("error", () => {});
      socket.on("close", () => {
        clearInterval(timer);
        resolve(answer);
      });
    });
  const lines = (...headers: string[]): string =>
    `${head}Cookie: ${cookie}\r\nConnection: close\r\n${headers.join("")}\r\n`;
  const isRunning = async (): Promise<string> =>
    (await daemon.docker(["inspect", "-f", "{{.State.Running}}", "target"])).stdout.trim();

  test("an absolute address in the request line changes neither host nor path", async () => {
    const answer = await raw(`GET http://attacker.example/engine/default/info HTTP/1.1\r\n${lines()}`);
    expect(answer).not.toContain("attacker.example");
    const rebound = await raw(
      `GET ${server.origin}/engine/default/info HTTP/1.1\r\nHost: attacker.example\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`,
    );
    expect(rebound).not.toContain("200 OK");
  });

  test("a request hidden in the body, the path or the headers of another does not reach the engine", async () => {
    const hidden = "POST /containers/target/kill HTTP/1.1\r\nHost: docker\r\nContent-Length: 0\r\n\r\n";
    const origin = `Origin: ${server.origin}\r\n`;
    const encoded = encodeURIComponent(` HTTP/1.1\r\nHost: docker\r\n\r\n${hidden}`);
    await raw(`GET /engine/default/containers/json?limit=1${encoded} HTTP/1.1\r\n${lines()}`);
    await raw(`GET /engine/default/containers/x${encoded}/json HTTP/1.1\r\n${lines()}`);
    await raw(
      `POST /engine/default/containers/none/start HTTP/1.1\r\n${lines(origin, "Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n")}0\r\n\r\n${hidden}`,
    );
    await raw(
      `POST /engine/default/containers/none/start HTTP/1.1\r\n${lines(origin, `Content-Length: ${hidden.length}\r\n`)}${hidden}`,
    );
    await raw(
      `GET /engine/default/_ping HTTP/1.1\r\n${lines("Upgrade: tcp\r\n", "X-Forwarded-Host: docker\r\n")}${hidden}`,
    );
    expect(await isRunning()).toBe("true");
  });

  test("other writings of a path lead to nothing more", async () => {
    for (const path of [
      "/engine/default/%2e%2e/%2e%2e/info",
      "/engine/default/.%2e/info",
      "/engine/default/;/info",
      "/engine/default/v1.41/containers/json",
      "/engine/default/containers/%00/json",
      "/engine//info",
      "/engine/default",
      "//engine/default/info",
      "/ENGINE/default/info",
    ]) {
      expect(await raw(`GET ${path} HTTP/1.1\r\n${lines()}`)).not.toContain("200 OK");
    }
  });

  test("a WebSocket of another site is refused whatever it asks to speak", async () => {
    const upgrade = (origin: string) =>
      lines(
        "Upgrade: websocket\r\n",
        "Connection: Upgrade\r\n",
        "Sec-WebSocket-Version: 13\r\n",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
        "Sec-WebSocket-Protocol: berth, v1\r\n",
        `Origin: ${origin}\r\n`,
      );
    const path = "GET /stream/default/events HTTP/1.1\r\n";
    for (const origin of ["https://attacker.example", "null", server.origin.replace("http:", "https:")]) {
      expect(await raw(path + upgrade(origin))).toContain("403 Forbidden");
    }
  });

  test("more streams than a page has are refused, and the others go on", async () => {
    await using other = await startPageServer(daemon.socket);
    const headers = { cookie: await signIn(other), origin: other.origin };
    const open = () =>
      new Promise<WebSocket | undefined>((resolve) => {
        const socket = new WebSocket(`${other.origin.replace("http", "ws")}/stream/default/events`, { headers });
        socket.addEventListener("open", () => resolve(socket));
        socket.addEventListener("error", () => resolve(undefined));
      });
    const sockets = await Promise.all(Array.from({ length: 150 }, open));
    expect(sockets.filter((socket) => socket !== undefined)).toHaveLength(128);
    expect((await fetch(`${other.origin}/engine/default/info`, { headers })).status).toBe(200);
    for (const socket of sockets) socket?.close();
    await eventually("room for another stream", async () => (await open()) !== undefined);
  });

  test("names of a context are not read without a length", async () => {
    const answer = await raw(
      `POST /context HTTP/1.1\r\n${lines(`Origin: ${server.origin}\r\n`, "Transfer-Encoding: chunked\r\n")}2\r\n{}\r\n0\r\n\r\n`,
    );
    expect(answer).toContain("413");
  });

  test("read-only mode holds for other methods, for streams and for what only looks like reading", async () => {
    await using reader = await startPageServer(daemon.socket, { arguments: ["--read-only"] });
    const headers = { cookie: await signIn(reader), origin: reader.origin };
    for (const [method, path] of [
      ["POST", "/containers/json?force=1"],
      ["PATCH", "/containers/json"],
      ["GET", "/containers/target/json/../kill"],
      ["GET", "/containers/target/%6bill"],
      ["GET", "/containers/target/attach"],
      ["GET", "/containers/target/export"],
      ["GET", "/images/busybox/get"],
      ["GET", "/session"],
      ["GET", "/grpc"],
      ["POST", "/commit?container=target"],
      ["POST", "/containers/target/update"],
      ["POST", "/volumes/create"],
      ["GET", "/swarm"],
      ["GET", "/secrets"],
    ] as const) {
      const answer = await fetch(`${reader.origin}/engine/default${path}`, {
        method,
        headers: { ...headers, "x-http-method": "GET", "x-method-override": "GET" },
      });
      expect([path, answer.status]).toEqual([path, 403]);
    }
    expect(await isRunning()).toBe("true");
  });

  test("requests that trickle in are given up", async () => {
    expect(trickling).toHaveLength(3);
    for (const answer of await Promise.all(trickling)) expect(answer).not.toContain("200 OK");
  }, 60_000);
});

describe.skipIf(lacks("chromium", chromiumIsInstalled))("attacks on the page", () => {
  let daemon: TestDaemon;
  let server: PageServer;
  let browser: Browser;
  let page: Page;
  const dialogs: string[] = [];

  beforeAll(async () => {
    daemon = await startDaemon();
    await daemon.importBusybox();
    server = await startPageServer(daemon.socket);
    browser = await launchBrowser();
    page = await openPage(await browser.newContext({ locale: "en-GB" }), server.address);
    page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.[Symbol.asyncDispose]();
    await daemon?.dispose();
  });

  test("the token is neither in the address nor in the history", async () => {
    expect(page.url()).not.toContain("token");
    await page.goBack().catch(() => null);
    expect(page.url()).not.toContain("token");
    await page.goto(`${server.origin}/#/overview`);
    await page.getByText("Data directory").waitFor();
  });

  test("a terminal's escape sequences open nothing, rename nothing, and link to no script", async () => {
    const sequences =
      "\\033]0;seized\\007\\033]2;seized\\007\\033]52;c;c2VpemVk\\007" +
      "\\033]8;;javascript:document.title='seized'\\007click here\\033]8;;\\007 \\033[?1049h\\033[?1049l end of text\\n";
    await daemon.docker([
      "run",
      "-dit",
      "--name",
      "hostile",
      "busybox",
      "sh",
      "-c",
      `printf "${sequences}"; sleep 1000`,
    ]);
    await page.goto(`${server.origin}/#/containers/hostile?tab=terminal`);
    await page.getByLabel("Kind of terminal").selectOption("attach");
    await page.getByRole("button", { name: "Connect" }).click();
    const screen = page.locator(".terminal-frame:not([hidden]) .xterm");
    await eventually("the container's text", async () => (await screen.textContent())?.includes("click here"));
    await screen.locator(".xterm-screen").click({ position: { x: 30, y: 10 } });
    await page.getByRole("link", { name: "Logs", exact: true }).click();
    await page.locator(".log-row").getByText("click here").waitFor();
    expect(await page.title()).toBe("hostile · Berth");
    expect(dialogs).toEqual([]);
    expect(page.context().pages()).toHaveLength(1);
    expect(await page.locator('a[href^="javascript:"]').count()).toBe(0);
  });

  test("text that reverses what follows changes only itself, and very long text stays in its place", async () => {
    const reversing = "\u202Eexe.txt";
    const long = "x".repeat(5000);
    await daemon.docker([
      "run",
      "-d",
      "--name",
      "reversed",
      "--label",
      `com.docker.compose.project=${reversing}`,
      "--label",
      `note=${long}`,
      "busybox",
      "sh",
      "-c",
      `echo "before ${reversing} after"; mkdir /files; touch "/files/${reversing}"; sleep 1000`,
    ]);
    await page.goto(`${server.origin}/#/containers/reversed?tab=logs`);
    await page.locator(".log-row").getByText("before exe.txt after").waitFor();
    await page.goto(`${server.origin}/#/containers/reversed?tab=details`);
    await page.getByText(long).waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
    await page.goto(`${server.origin}/#/containers/reversed?tab=files&path=/files`);
    const downloading = page.waitForEvent("download");
    await page.getByRole("button", { name: /^Download/ }).click();
    expect((await downloading).suggestedFilename()).toBe("_exe.txt");
    await page.goto(`${server.origin}/#/containers`);
    await page.getByRole("button", { name: `Down ${reversing}` }).click();
    expect(await page.getByRole("dialog").getByRole("heading").textContent()).toContain("exe.txt");
    expect(await page.getByRole("dialog").getByRole("heading").textContent()).not.toContain("\u202E");
  });
});
