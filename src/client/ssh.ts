// An engine behind ssh: a private local socket; each connection runs `ssh … system dial-stdio`.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Socket } from "bun";
import { Duplex } from "./duplex.ts";
import type { Endpoint } from "./endpoint.ts";

export interface SshTunnel {
  socketPath: string;
  /** The last error of ssh. */
  failure: () => string | undefined;
}

type SshEndpoint = Extract<Endpoint, { kind: "ssh" }>;

/** Berth's relay if the remote host has it, else Docker's. */
function remoteCommand(path: string): string {
  const host = path === "" ? "" : ` --host 'unix://${path.replaceAll("'", "'\\''")}'`;
  const berth = `berth${host} system dial-stdio`;
  return `sh -c "if command -v berth >/dev/null 2>&1; then exec ${berth}; else exec docker${host} system dial-stdio; fi"`;
}

/** The arguments of ssh, with Docker's options. */
export function sshArguments(endpoint: SshEndpoint): string[] {
  const argumentList = ["ssh", "-o", "ConnectTimeout=30", "-T"];
  if (endpoint.user !== undefined) argumentList.push("-l", endpoint.user);
  if (endpoint.port !== undefined) argumentList.push("-p", endpoint.port);
  return [...argumentList, "--", endpoint.hostname, remoteCommand(endpoint.path)];
}

/** Docker's message for a failed ssh. */
function failureOf(command: string[], code: number, complaint: string): string {
  return `command [${command.join(" ")}] has exited with exit status ${code}, make sure the URL is valid, and Docker 18.09 or later is installed on the remote host: stderr=${complaint}`;
}

async function relay(duplex: Duplex, command: string[], failed: (reason: string) => void): Promise<void> {
  const ssh = Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
  let abandoned = false;
  void duplex.closed.then(() => {
    abandoned = true;
    ssh.kill();
  });
  const upwards = async () => {
    for await (const chunk of duplex.input) {
      ssh.stdin.write(chunk);
      await ssh.stdin.flush();
    }
    await ssh.stdin.end();
  };
  // A write to an ssh that has exited fails; its error is reported below.
  const sent = upwards().catch(() => {});
  const complaint = ssh.stderr.text();
  for await (const chunk of ssh.stdout) await duplex.write(chunk);
  // Readers that see the end ask for the error, so it must be set before.
  const code = await ssh.exited;
  if (code !== 0 && !abandoned) failed(failureOf(command, code, await complaint));
  await duplex.closeWrite();
  await sent;
}

/** The socket is removed when the process ends. */
export async function openSshTunnel(endpoint: SshEndpoint): Promise<SshTunnel> {
  const directory = mkdtempSync(join(tmpdir(), "berth-ssh-"));
  const socketPath = join(directory, "engine.sock");
  const command = sshArguments(endpoint);
  let reason: string | undefined;
  const connections = new WeakMap<Socket, Duplex>();
  const duplexOf = (socket: Socket): Duplex => {
    const known = connections.get(socket);
    if (known) return known;
    const duplex = new Duplex();
    connections.set(socket, duplex);
    void relay(duplex, command, (text) => {
      reason = text;
    });
    return duplex;
  };
  const listener = Bun.listen({ unix: socketPath, allowHalfOpen: true, socket: Duplex.handlers(duplexOf) });
  listener.unref();
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
  return { socketPath, failure: () => reason };
}
