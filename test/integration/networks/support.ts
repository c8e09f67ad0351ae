// Shared by network tests: containers that serve pages and report the client, and programs run in their namespaces.
import { join } from "node:path";
import { type CommandResult, command, eventually, mustRun } from "../../support/command.ts";
import type { TestDaemon } from "../../support/daemon.ts";
import { fetching } from "../../support/fetch.ts";

/** Serves "hello from NAME" on port 80 of every address, and logs each client's address. */
export const serve = (name: string): string[] => [
  "sh",
  "-c",
  `mkdir -p /www && echo "hello from ${name}" > /www/index.html && exec httpd -f -vv -p 80 -h /www`,
];

/** Runs a container in the background. @returns its ID. */
export async function runContainer(daemon: TestDaemon, options: string[], words: string[]): Promise<string> {
  const { code, stdout, stderr } = await daemon.docker(["run", "-d", ...options, "busybox", ...words]);
  if (code !== 0) throw new Error(`docker run ${options.join(" ")}: ${stderr}`);
  return stdout.trim();
}

/** As {@link runContainer} with {@link serve}, once it answers. */
export async function runServer(daemon: TestDaemon, name: string, options: string[] = []): Promise<string> {
  const id = await runContainer(daemon, ["--name", name, ...options], serve(name));
  await eventually(`${name} to answer`, async () => {
    const { code } = await inContainer(daemon, id, ["curl", "-s", "-o", "/dev/null", "http://127.0.0.1/"]);
    return code === 0;
  });
  return id;
}

/** Runs a program of this machine in a container's network. */
export function inContainer(daemon: TestDaemon, id: string, argv: string[]): Promise<CommandResult> {
  return command(["nsenter", `--net=${join(daemon.execRoot, "netns", id)}`, ...argv]);
}

/** The body of a page fetched in a container's network; undefined when the connection fails. */
export async function fetchIn(daemon: TestDaemon, id: string, url: string): Promise<string | undefined> {
  const { code, stdout } = await inContainer(daemon, id, fetching(url));
  return code === 0 ? stdout : undefined;
}

/** The body of a page fetched on this host; undefined when the connection fails. */
export async function fetchHere(url: string): Promise<string | undefined> {
  const { code, stdout } = await command(fetching(url));
  return code === 0 ? stdout : undefined;
}

/** The lines of `dig +short` asked in a container, sorted. */
export async function dig(daemon: TestDaemon, id: string, ...words: string[]): Promise<string[]> {
  const { stdout } = await inContainer(daemon, id, ["dig", "+short", "+tries=1", "@127.0.0.11", ...words]);
  return stdout.trim().split("\n").filter(Boolean).sort();
}

/** What `docker inspect --format` prints. */
export async function inspected(daemon: TestDaemon, name: string, format: string): Promise<string> {
  const { stdout } = await daemon.docker(["inspect", "--format", format, name]);
  return stdout.trim();
}

export const ipv4Of = (daemon: TestDaemon, name: string, network: string): Promise<string> =>
  inspected(daemon, name, `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`);

export const ipv6Of = (daemon: TestDaemon, name: string, network: string): Promise<string> =>
  inspected(daemon, name, `{{(index .NetworkSettings.Networks "${network}").GlobalIPv6Address}}`);

/** Sends a UDP packet from this host, or from a named namespace, and gives what came back within five seconds. */
export function echoed(address: string, port: number, namespace?: string): Promise<string> {
  const script = [
    `s = socket.socket(${familyOf(address)}, socket.SOCK_DGRAM)`,
    "s.settimeout(5)",
    `s.sendto(b"ping", ("${address}", ${port}))`,
  ];
  return heard(script, namespace);
}

/** The same over SCTP. */
export function echoedBySctp(address: string, port: number, namespace?: string): Promise<string> {
  const script = [
    `s = socket.socket(${familyOf(address)}, socket.SOCK_STREAM, 132)`,
    "s.settimeout(5)",
    `s.connect(("${address}", ${port}))`,
    's.send(b"ping")',
  ];
  return heard(script, namespace);
}

const familyOf = (address: string): string => (address.includes(":") ? "socket.AF_INET6" : "socket.AF_INET");

async function heard(script: readonly string[], namespace: string | undefined): Promise<string> {
  const attempt = [...script, "print(s.recv(100).decode())"].map((line) => `    ${line}`);
  const program = ["import socket", "try:", ...attempt, "except OSError: print('nothing')"].join("\n");
  const prefix = namespace === undefined ? [] : ["ip", "netns", "exec", namespace];
  return (await mustRun([...prefix, "python3", "-c", program])).trim();
}

const udpEcho = `
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(("::", 5353))
while True:
    data, sender = s.recvfrom(1000)
    s.sendto(data, sender)
`;

const sctpEcho = `
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM, 132)
s.bind(("::", 5353))
s.listen()
while True:
    connection, _ = s.accept()
    connection.send(connection.recv(100))
`;

/** Answers each UDP packet on port 5353 of a container with its own bytes. @returns what ends it. */
export const serveUdpEcho = (daemon: TestDaemon, id: string) => serveBy(udpEcho, daemon, id);

/** The same over SCTP. */
export const serveSctpEcho = (daemon: TestDaemon, id: string) => serveBy(sctpEcho, daemon, id);

function serveBy(script: string, daemon: TestDaemon, id: string): () => Promise<unknown> {
  const namespace = `--net=${join(daemon.execRoot, "netns", id)}`;
  const child = Bun.spawn(["nsenter", namespace, "python3", "-c", script]);
  return () => {
    child.kill();
    return child.exited;
  };
}
