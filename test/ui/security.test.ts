// Attacks on the page's server: other sites, rebound names, stolen tokens, writes where only reading is allowed.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PageServer, signIn, startPageServer } from "../support/browser.ts";
import { command } from "../support/command.ts";
import { berthCommand, startDaemon, type TestDaemon } from "../support/daemon.ts";

describe("the page's security", () => {
  let daemon: TestDaemon;
  let server: PageServer;
  let cookie: string;
  /** Sent at the beginning: it takes seconds until they are given up. */
  let halfRequests: Promise<string>[] = [];

  beforeAll(async () => {
    daemon = await startDaemon();
    await daemon.importBusybox();
    server = await startPageServer(daemon.socket);
    cookie = await signIn(server);
    const head = `Host: ${new URL(server.origin).host}\r\n`;
    halfRequests = [
      raw(`GET / HTTP/1.1\r\n${head}X-Half:`),
      raw(`POST /session HTTP/1.1\r\n${head}Origin: ${server.origin}\r\nContent-Length: 100\r\n\r\n{"tok`),
    ];
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await daemon?.dispose();
  });

  /** The status of a request whose every header is given, which `fetch` does not allow. */
  const status = (method: string, path: string, headers: Record<string, string>, origin = server.origin) =>
    new Promise<number>((resolve, reject) => {
      const { hostname, port, host } = new URL(origin);
      const sent = request({ hostname, port, path, method, headers: { host, ...headers } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      sent.on("upgrade", (answer, socket) => {
        socket.destroy();
        resolve(answer.statusCode ?? 0);
      });
      sent.on("error", reject);
      sent.end();
    });
  const upgrade = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
  };

  test("the session's cookie is for this site and no script", async () => {
    await using other = await startPageServer(daemon.socket);
    const token = new URL(other.address).hash.replace("#token=", "");
    const answer = await fetch(`${other.origin}/session`, {
      method: "POST",
      headers: { origin: other.origin },
      body: JSON.stringify({ token }),
    });
    expect(answer.headers.get("set-cookie")).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
    const again = await fetch(`${other.origin}/session`, {
      method: "POST",
      headers: { origin: other.origin },
      body: JSON.stringify({ token }),
    });
    expect(again.status).toBe(401);
    const wrong = await fetch(`${other.origin}/session`, {
      method: "POST",
      headers: { origin: other.origin },
      body: JSON.stringify({ token: "wrong" }),
    });
    expect(wrong.status).toBe(401);
  });

  test("requests to the engine need a session", async () => {
    expect(await status("GET", "/engine/default/info", {})).toBe(401);
    expect(await status("GET", "/engine/default/info", { cookie: `${cookie}x` })).toBe(401);
    expect(await status("POST", "/context", { origin: server.origin })).toBe(401);
    expect(await status("GET", "/engine/default/info", { cookie })).toBe(200);
  });

  /** Sends bytes as they are, and answers with what came back when the server closed the connection. */
  const raw = (bytes: string) =>
    new Promise<string>((resolve) => {
      const { hostname, port } = new URL(server.origin);
      let answer = "";
      const socket = connect(Number(port), hostname, () => socket.write(bytes));
      socket.on("data", (chunk) => {
        answer += chunk;
      });
      socket.on("error", () => {});
      socket.on("close", () => resolve(answer));
    });

  test("a session ID chosen by the browser does not create a session", async () => {
    await using other = await startPageServer(daemon.socket);
    const { port } = new URL(other.origin);
    const planted = `berth-ui-${port}=planted`;
    const token = new URL(other.address).hash.replace("#token=", "");
    const answer = await fetch(`${other.origin}/session`, {
      method: "POST",
      headers: { origin: other.origin, cookie: planted },
      body: JSON.stringify({ token }),
    });
    expect(answer.headers.get("set-cookie")).not.toContain("planted");
    expect(await status("GET", "/engine/default/info", { cookie: planted }, other.origin)).toBe(401);
  });

  test("another port of this machine is another site", async () => {
    const headers = { cookie, "sec-fetch-site": "same-site" };
    expect(await status("GET", "/engine/default/info", headers)).toBe(403);
    expect(await status("GET", "/stream/default/events", { ...headers, ...upgrade })).toBe(403);
    expect(await status("GET", "/engine/default/info", { cookie, origin: "null" })).toBe(403);
    const neighbour = `http://127.0.0.1:${Number(new URL(server.origin).port) + 1}`;
    expect(await status("POST", "/engine/default/containers/prune", { cookie, origin: neighbour })).toBe(403);
  });

  test("a form of another site signs nobody in and changes nothing", async () => {
    const form = { origin: "https://attacker.example", "content-type": "text/plain" };
    for (const path of ["/session", "/engine/default/containers/create", "/engine/default/volumes/prune"]) {
      expect(await status("POST", path, { ...form, cookie })).toBe(403);
    }
  });

  test("unused methods reach neither files nor sessions", async () => {
    const headers = { cookie, origin: server.origin };
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"]) {
      expect(await status(method, "/", headers)).toBeGreaterThanOrEqual(400);
      expect(await status(method, "/", { cookie })).toBe(403);
    }
    for (const method of ["PUT", "PATCH", "OPTIONS"]) expect(await status(method, "/session", headers)).toBe(404);
    expect(await status("HEAD", "/", {})).toBe(200);
    const override = { ...headers, "x-http-method-override": "DELETE" };
    expect(await status("GET", "/session", override)).toBe(200);
    expect(await status("GET", "/session", headers)).toBe(200);
  });

  test("no path reaches files of the host", async () => {
    for (const path of [
      "/../../../../etc/passwd",
      "/%2e%2e/%2e%2e/etc/passwd",
      "/..%2f..%2fetc/passwd",
      "/%252e%252e/etc/passwd",
      "//etc/passwd",
      "/index.html%00.js",
      "/..\\..\\etc\\passwd",
    ]) {
      expect(await status("GET", path, { cookie })).toBe(404);
    }
  });

  test("encoded line breaks in a path or query inject no header or second request", async () => {
    const evil = "x%0d%0aX-Injected:%20yes%0d%0a%0d%0aPOST%20/containers/prune%20HTTP/1.1%0d%0a";
    expect(await status("GET", `/engine/default/containers/${evil}/json`, { cookie })).toBeGreaterThanOrEqual(400);
    expect(await status("GET", `/engine/default/containers/json?limit=${evil}`, { cookie })).toBeGreaterThanOrEqual(
      200,
    );
    expect(await status("GET", "/engine/default/%252e%252e/containers/json", { cookie })).toBe(404);
    // A host in the path is not connected to.
    expect(await status("GET", "/engine/default//attacker.example/containers/json", { cookie })).toBe(404);
  });

  test("a request with two lengths or two hosts is rejected", async () => {
    const { host } = new URL(server.origin);
    const smuggled = `GET /session HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\n\r\n`;
    const answer = await raw(
      `POST /session HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${server.origin}\r\nConnection: close\r\n` +
        `Content-Length: ${smuggled.length + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    );
    expect(answer.match(/HTTP\/1\.1/g)?.length ?? 0).toBeLessThanOrEqual(1);
    expect(answer).not.toContain('"engines"');
    const twoHosts = await raw(
      `GET /engine/default/info HTTP/1.1\r\nHost: attacker.example\r\nHost: ${host}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`,
    );
    expect(twoHosts).not.toContain("200 OK");
  });

  test("signing out closes the session's streams", async () => {
    await using other = await startPageServer(daemon.socket);
    const own = await signIn(other);
    const headers = { cookie: own, origin: other.origin };
    const socket = new WebSocket(`${other.origin.replace("http", "ws")}/stream/default/events`, { headers });
    const opened = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    socket.addEventListener("message", () => opened.resolve());
    socket.addEventListener("close", () => closed.resolve());
    await opened.promise;
    expect((await fetch(`${other.origin}/session`, { method: "DELETE", headers })).status).toBe(200);
    await closed.promise;
    expect(await status("GET", "/engine/default/info", headers, other.origin)).toBe(401);
  });

  test("a message that is too large or invalid ends only its own stream", async () => {
    const headers = { cookie, origin: server.origin };
    for (const message of ["{", '{"kind":"consumed","bytes":-1}', "x".repeat(2 * 1024 * 1024)]) {
      const socket = new WebSocket(`${server.origin.replace("http", "ws")}/stream/default/events`, { headers });
      const closed = Promise.withResolvers<void>();
      socket.addEventListener("open", () => socket.send(message));
      socket.addEventListener("close", () => closed.resolve());
      await closed.promise;
    }
    expect(await status("GET", "/engine/default/info", headers)).toBe(200);
  });

  test("another site's requests and WebSockets are refused", async () => {
    const origin = "https://attacker.example";
    expect(await status("POST", "/engine/default/containers/prune", { cookie, origin })).toBe(403);
    expect(await status("GET", "/engine/default/info", { cookie, origin })).toBe(403);
    expect(await status("GET", "/engine/default/info", { cookie, "sec-fetch-site": "cross-site" })).toBe(403);
    expect(await status("GET", "/stream/default/events", { cookie, origin, ...upgrade })).toBe(403);
    expect(await status("GET", "/stream/default/events", { cookie, ...upgrade })).toBe(403);
    expect(await status("GET", "/stream/default/events", { cookie, origin: server.origin, ...upgrade })).toBe(101);
  });

  test("a change without Origin is rejected", async () => {
    expect(await status("POST", "/engine/default/containers/prune", { cookie })).toBe(403);
  });

  test("a name rebound to this address is rejected", async () => {
    const { port } = new URL(server.origin);
    for (const host of [
      `attacker.example:${port}`,
      "attacker.example",
      "127.0.0.1",
      `127.0.0.1.attacker.example:${port}`,
    ]) {
      expect(await status("GET", "/engine/default/info", { cookie, host })).toBe(403);
    }
    expect(await status("GET", "/engine/default/info", { cookie, host: `localhost:${port}` })).toBe(200);
  });

  test("a path cannot leave the bridge", async () => {
    for (const path of ["/engine/default/v1.41/info", "/engine/default/containers/../info", "/engine/nowhere/info"]) {
      expect(await status("GET", path, { cookie })).not.toBe(401);
    }
    for (const path of [
      "/engine/default/containers%2fjson",
      "/engine/%E0%A4%A/info",
      "/engine/default/a%5cb",
      "/engine/default",
    ]) {
      expect(await status("GET", path, { cookie })).toBe(404);
    }
    expect(await status("GET", "/engine/nowhere/info", { cookie })).toBe(502);
    expect(await status("GET", "/engine/default/v1.41/info", { cookie })).toBe(404);
  });

  test("an oversized sign-in is not read", async () => {
    const headers = { origin: server.origin };
    const large = await fetch(`${server.origin}/session`, { method: "POST", headers, body: "x".repeat(100_000) });
    expect(large.status).toBe(400);
    const odd = await fetch(`${server.origin}/session`, { method: "POST", headers, body: '{"token":["x"]}' });
    expect(odd.status).toBe(400);
  });

  test("a container's files come as downloads, and the page has a strict policy", async () => {
    await daemon.docker(["run", "-d", "--name", "files", "busybox", "sleep", "1000"]);
    const file = await fetch(`${server.origin}/engine/default/containers/files/archive?path=/etc`, {
      headers: { cookie },
    });
    expect(file.headers.get("content-disposition")).toBe("attachment");
    expect(file.headers.get("content-type")).toBe("application/octet-stream");
    const page = await fetch(server.origin);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self';");
    expect(page.headers.get("x-frame-options")).toBe("DENY");
    expect(page.headers.get("x-content-type-options")).toBe("nosniff");
  });

  test("the bridge enforces read-only", async () => {
    await using reader = await startPageServer(daemon.socket, { arguments: ["--read-only"] });
    const own = { cookie: await signIn(reader), origin: reader.origin };
    const ask = (method: string, path: string, headers = {}) =>
      status(method, path, { ...own, ...headers }, reader.origin);
    expect(await ask("GET", "/engine/default/containers/json")).toBe(200);
    for (const [method, path] of [
      ["POST", "/engine/default/containers/create"],
      ["POST", "/engine/default/containers/files/kill"],
      ["POST", "/engine/default/images/create?fromImage=x"],
      ["POST", "/engine/default/build"],
      ["DELETE", "/engine/default/containers/files?force=1"],
      ["PUT", "/engine/default/containers/files/archive?path=/"],
      ["GET", "/engine/default/containers/files/export"],
      ["GET", "/engine/default/images/json/../../containers/prune"],
      ["POST", "/engine/default/containers/files/exec"],
      ["POST", "/engine/default/exec/any/start"],
      ["POST", "/engine/default/containers/files/attach?stdin=1&stream=1"],
      ["POST", "/engine/default/session"],
      ["POST", "/engine/default/grpc"],
      ["POST", "/engine/default/containers/prune?dryRun=1"],
      ["GET", "/engine/default/images/get?names=busybox"],
      ["GET", "/engine/default/containers/files/attach/ws"],
      ["HEAD", "/engine/default/containers/files/export"],
      ["OPTIONS", "/engine/default/containers/files/kill"],
      ["GET", "/engine/default//containers/json"],
      ["GET", "/engine/default/containers/files%2fkill/json"],
    ] as const) {
      expect(await ask(method, path)).not.toBeLessThan(400);
    }
    expect(await ask("GET", "/stream/default/containers/files/attach?stdin=1", upgrade)).toBe(403);
    expect(await ask("GET", "/stream/default/exec/any/start", upgrade)).toBe(403);
    expect(await ask("GET", "/stream/default/containers/json/attach", upgrade)).toBe(403);
    expect(await ask("GET", "/stream/default/images/create?method=POST&fromImage=x", upgrade)).toBe(403);
    expect(await ask("GET", "/engine/default/containers/files/json", { ...upgrade, upgrade: "tcp" })).toBe(200);
    expect(await ask("GET", "/stream/default/events?method=GET&method=POST", upgrade)).toBe(101);
    expect((await daemon.docker(["inspect", "-f", "{{.State.Running}}", "files"])).stdout.trim()).toBe("true");
  });

  test("password attempts are limited", async () => {
    const directory = mkdtempSync(join(tmpdir(), "berth-ui-"));
    // The cheapest hash: the default takes seconds on a busy machine.
    const hash = await Bun.password.hash("open sesame", { algorithm: "argon2id", memoryCost: 64, timeCost: 1 });
    writeFileSync(join(directory, "password"), `${hash}\n`);
    try {
      const flags = ["--password-file", join(directory, "password")];
      await using locked = await startPageServer(daemon.socket, { arguments: flags });
      const attempt = async (password: string) => {
        const headers = { origin: locked.origin };
        const answer = await fetch(`${locked.origin}/session`, {
          method: "POST",
          headers,
          body: JSON.stringify({ password }),
        });
        return answer.status;
      };
      expect(await attempt("open sesame")).toBe(200);
      for (let tries = 0; tries < 5; tries++) expect(await attempt("guess")).toBe(401);
      expect(await attempt("guess")).toBe(429);
      expect(await attempt("open sesame")).toBe(429);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test("an address that other machines reach needs a password and TLS", async () => {
    const { code, stderr } = await command([
      ...berthCommand,
      "-H",
      `unix://${daemon.socket}`,
      "ui",
      "--listen",
      "0.0.0.0:0",
    ]);
    expect(code).not.toBe(0);
    expect(stderr).toContain("0.0.0.0 is reachable by other machines");
  });

  test("a connection with an incomplete request is closed", async () => {
    expect(halfRequests).toHaveLength(2);
    for (const answer of await Promise.all(halfRequests)) expect(answer).not.toContain("200 OK");
  }, 60_000);
});
