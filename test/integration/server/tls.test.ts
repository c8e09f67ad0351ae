// TCP with TLS: clients need a certificate of the CA, and streams work as without TLS.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import type { Route } from "../../../src/server/exchange.ts";
import { DEFAULT_TIMEOUTS } from "../../../src/server/http/connection.ts";
import { HttpServer } from "../../../src/server/http/server.ts";
import { DaemonLog } from "../../../src/server/log.ts";
import { Router } from "../../../src/server/router.ts";
import { tlsOptions } from "../../../src/server/tls.ts";
import { eventually, mustRun } from "../../support/command.ts";
import { startDaemon } from "../../support/daemon.ts";
import { freePort } from "../../support/port.ts";

const directory = mkdtempSync(join(tmpdir(), "berth-tls-"));
const file = (name: string) => join(directory, name);

async function authority(name: string): Promise<void> {
  await mustRun([
    ...["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
    ...["-subj", `/CN=${name}`, "-keyout", file(`${name}.key`), "-out", file(`${name}.pem`)],
  ]);
}

async function certificate(name: string, issuer: string): Promise<void> {
  await mustRun([
    ...["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", `/CN=${name}`],
    ...["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", file(`${name}.key`), "-out", file(`${name}.csr`)],
  ]);
  await mustRun([
    ...["openssl", "x509", "-req", "-in", file(`${name}.csr`), "-CA", file(`${issuer}.pem`), "-days", "2"],
    ...["-CAkey", file(`${issuer}.key`), "-CAcreateserial", "-copy_extensions", "copy", "-out", file(`${name}.pem`)],
  ]);
}

const routes: Route[] = [
  {
    method: "GET",
    pattern: "/plain",
    handler: () => ({ type: "text", status: 200, body: "OK", contentType: "text/plain" }),
  },
  {
    method: "POST",
    pattern: "/shout",
    handler: () => ({
      type: "hijack",
      contentType: "application/vnd.docker.raw-stream",
      run: async (raw) => {
        for await (const chunk of raw.input) {
          await raw.write(Buffer.from(Buffer.from(chunk).toString("latin1").toUpperCase()));
        }
        await raw.write(Buffer.from(";goodbye"));
      },
    }),
  },
];

const lines: string[] = [];
const log = new DaemonLog("debug", (line) => lines.push(line));
const router = new Router(routes, log);
const server = new HttpServer({
  respond: (request) => router.respond(request),
  connected: () => {},
  commonFields: {},
  log,
  timeouts: DEFAULT_TIMEOUTS,
});
let port = 0;

beforeAll(async () => {
  await authority("ca");
  await authority("stranger");
  await certificate("server", "ca");
  await certificate("client", "ca");
  await certificate("outsider", "stranger");
  const tls = tlsOptions({
    enabled: true,
    verifyClients: true,
    waived: false,
    certificate: file("server.pem"),
    key: file("server.key"),
    authority: file("ca.pem"),
  });
  port = await server.listen({ host: "127.0.0.1", port: 0 }, tls);
});
afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** A TLS connection with the named client certificate, and what came back over it. */
function open(
  name: string | undefined,
  options: object = {},
): { socket: TLSSocket; answer: () => string; over: () => boolean } {
  const identity = name ? { cert: readFileSync(file(`${name}.pem`)), key: readFileSync(file(`${name}.key`)) } : {};
  const socket = connect({ host: "127.0.0.1", port, ca: readFileSync(file("ca.pem")), ...identity, ...options });
  let received = "";
  let over = false;
  socket.on("data", (chunk: Buffer) => {
    received += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    over = true;
  });
  socket.on("end", () => {
    over = true;
  });
  return { socket, answer: () => received, over: () => over };
}

const REQUEST = "GET /plain HTTP/1.1\r\nConnection: close\r\n\r\n";

test("accepts a client certificate of the CA", async () => {
  const { socket, answer, over } = open("client");
  socket.write(REQUEST);
  await eventually("the end", over);
  expect(answer()).toEndWith("\r\n\r\nOK");
});

test.each([[undefined], ["outsider"]])("a client with certificate %p gets nothing", async (name) => {
  const { socket, answer, over } = open(name);
  socket.write(REQUEST);
  await eventually("the end", over);
  expect(answer()).toBe("");
});

test("rejects TLS versions before 1.2", async () => {
  const { socket, answer, over } = open("client", { maxVersion: "TLSv1.1", minVersion: "TLSv1" });
  socket.write(REQUEST);
  await eventually("the end", over);
  expect(answer()).toBe("");
});

test("plain HTTP to the TLS port fails without side effects", async () => {
  const reply = await fetch(`http://127.0.0.1:${port}/plain`).catch(() => undefined);
  expect(reply?.ok ?? false).toBe(false);
  const { socket, answer, over } = open("client");
  socket.write(REQUEST);
  await eventually("the end", over);
  expect(answer()).toEndWith("OK");
});

test("a hijacked connection keeps its output after the client's half-close", async () => {
  const { socket, answer, over } = open("client", { allowHalfOpen: true });
  socket.write("POST /shout HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nfirst ");
  await eventually("the echo", () => answer().includes("FIRST "));
  socket.end("second");
  await eventually("the end", over);
  expect(answer()).toEndWith("FIRST SECOND;goodbye");
});

test("a reload applies new certificates; invalid ones change nothing", async () => {
  const use = (server: string, authorityName: string) => {
    copyFileSync(file(`${server}.pem`), file("cert.pem"));
    copyFileSync(file(`${server}.key`), file("key.pem"));
    copyFileSync(file(`${authorityName}.pem`), file("authority.pem"));
  };
  await certificate("later-server", "stranger");
  use("server", "ca");
  const address = `127.0.0.1:${await freePort()}`;
  const files = ["--tlscacert", file("authority.pem"), "--tlscert", file("cert.pem"), "--tlskey", file("key.pem")];
  await using daemon = await startDaemon({ arguments: ["-H", `tcp://${address}`, "--tlsverify", ...files] });
  const ask = (client: string, issuer: string) =>
    fetch(`https://${address}/_ping`, {
      tls: {
        ca: Bun.file(file(`${issuer}.pem`)),
        cert: Bun.file(file(`${client}.pem`)),
        key: Bun.file(file(`${client}.key`)),
      },
    }).then(
      (answer) => answer.text(),
      () => "refused",
    );
  expect(await ask("client", "ca")).toBe("OK");
  expect(await ask("outsider", "ca")).toBe("refused");

  const reload = async (outcome: string) => {
    const before = daemon.log.length;
    process.kill(daemon.pid, "SIGHUP");
    await eventually(outcome, () => daemon.log.slice(before).includes(outcome));
  };
  use("later-server", "stranger");
  await reload("configuration reloaded");
  expect(await ask("outsider", "stranger")).toBe("OK");
  expect(await ask("client", "stranger")).toBe("refused");

  writeFileSync(file("key.pem"), "nonsense");
  await reload("failed to reload configuration");
  expect(await ask("outsider", "stranger")).toBe("OK");
});
