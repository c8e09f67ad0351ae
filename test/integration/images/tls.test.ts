// Registry certificates: verified by a CA configured per host, and client certificates.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCertificates } from "../../../src/registry/certificates.ts";
import { Connection } from "../../../src/registry/connection.ts";
import { mustRun } from "../../support/command.ts";

let directory: string;
let server: Server;
let port: number;
/** Whether each request came with a certificate the server trusts. */
const showsCertificate: boolean[] = [];

const at = (...names: string[]): string => join(directory, ...names);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "berth-tls-"));
  for (const name of ["server", "client"]) {
    const names = name === "server" ? "subjectAltName=IP:127.0.0.1" : "subjectAltName=DNS:client";
    const files = ["-keyout", at(`${name}.key`), "-out", at(`${name}.pem`)];
    await mustRun([
      "openssl",
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "2",
      "-subj",
      `/CN=${name}`,
      "-addext",
      names,
      ...files,
    ]);
  }
  const [key, cert, ca] = [at("server.key"), at("server.pem"), at("client.pem")].map((path) => readFileSync(path));
  server = createServer({ key, cert, ca, requestCert: true, rejectUnauthorized: false }, (request, reply) => {
    const { socket } = request;
    showsCertificate.push("authorized" in socket && socket.authorized === true);
    reply.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  port = typeof address === "object" && address !== null ? address.port : 0;
});
afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true });
});

const settings = {
  insecureRegistries: [],
  registryMirrors: [],
  registries: {},
  proxies: { http: "", https: "", no: "" },
};

/** Asks the server as a registry that has to show a good certificate, with what is kept for it in `kept`. */
async function ping(kept: string, host = `127.0.0.1:${port}`): Promise<void> {
  const endpoint = {
    domain: host,
    base: new URL(`https://${host}/`),
    isMirror: false,
    certificates: readCertificates(host, [at(kept)]),
    verifies: true,
  };
  await new Connection(endpoint, { path: "x", settings }, "pull").ping();
}

function keep(directoryName: string, host: string, files: Record<string, string>): void {
  mkdirSync(at(directoryName, host), { recursive: true });
  for (const [name, source] of Object.entries(files))
    writeFileSync(at(directoryName, host, name), readFileSync(at(source)));
}

test("rejects an untrusted certificate", async () => {
  await expect(ping("nothing")).rejects.toThrow(
    `Get "https://127.0.0.1:${port}/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
  );
});

test("accepts a certificate of the host's own CA", async () => {
  keep("authority", `127.0.0.1:${port}`, { "ca.crt": "server.pem" });
  await ping("authority");
  expect(showsCertificate.at(-1)).toBe(false);
});

test("but not for another host", async () => {
  keep("other", `localhost:${port}`, { "ca.crt": "server.pem" });
  await expect(ping("other", `localhost:${port}`)).rejects.toThrow("x509: certificate is not valid for localhost");
});

test("a client's certificate is shown", async () => {
  keep("client", `127.0.0.1:${port}`, { "ca.crt": "server.pem", "me.cert": "client.pem", "me.key": "client.key" });
  await ping("client");
  expect(showsCertificate.at(-1)).toBe(true);
});

test("reports a client certificate without key", () => {
  keep("half", "host", { "me.cert": "client.pem" });
  expect(() => readCertificates("host", [at("half")])).toThrow("missing key me.key for");
  keep("other-half", "host", { "me.key": "client.key" });
  expect(() => readCertificates("host", [at("other-half")])).toThrow("missing client certificate me.cert for");
});

test("detects a server that uses plain HTTP", async () => {
  const plain = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("{}") });
  await expect(ping("nothing", `127.0.0.1:${plain.port}`)).rejects.toThrow(
    "http: server gave HTTP response to HTTPS client",
  );
  await plain.stop();
});
