// A real sshd on loopback with its own keys, and an `ssh` that knows it as "far".
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually, mustRun } from "./command.ts";
import { freePort } from "./port.ts";

export const sshIsInstalled = Bun.which("sshd", { PATH: "/usr/sbin:/sbin" }) !== null && Bun.which("ssh") !== null;

export class SshServer {
  readonly directory = mkdtempSync(join(tmpdir(), "berth-sshd-"));
  /** For the start of the client's PATH: contains an `ssh` that knows the server. */
  readonly clientPath = join(this.directory, "client");
  /** The PATH on the server. */
  readonly serverPath = join(this.directory, "server");
  #process: Bun.Subprocess | undefined;

  /** `programs` are additional programs on the server: names and shell scripts. */
  async start(programs: Record<string, string>): Promise<void> {
    const port = await freePort();
    for (const directory of [this.clientPath, this.serverPath]) mkdirSync(directory);
    for (const key of ["host", "user"]) {
      await mustRun(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", join(this.directory, key)]);
    }
    for (const [name, script] of Object.entries(programs)) this.#script(join(this.serverPath, name), script);
    const options = join(this.directory, "ssh_config");
    writeFileSync(
      options,
      `Host far
HostName 127.0.0.1
Port ${port}
User root
IdentityFile ${join(this.directory, "user")}
StrictHostKeyChecking no
UserKnownHostsFile /dev/null
LogLevel ERROR
`,
    );
    this.#script(join(this.clientPath, "ssh"), `exec ${Bun.which("ssh")} -F ${options} "$@"`);
    const settings = join(this.directory, "sshd_config");
    writeFileSync(
      settings,
      `Port ${port}
ListenAddress 127.0.0.1
HostKey ${join(this.directory, "host")}
AuthorizedKeysFile ${join(this.directory, "user.pub")}
PermitRootLogin yes
StrictModes no
UsePAM no
PidFile none
SetEnv PATH=${this.serverPath}:/usr/bin:/bin
`,
    );
    mkdirSync("/run/sshd", { recursive: true });
    this.#process = Bun.spawn(["/usr/sbin/sshd", "-D", "-e", "-f", settings], { stdout: "ignore", stderr: "ignore" });
    await eventually("sshd", () => reachable(port));
  }

  #script(path: string, body: string): void {
    writeFileSync(path, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o755);
  }

  async dispose(): Promise<void> {
    this.#process?.kill();
    await this.#process?.exited;
    rmSync(this.directory, { recursive: true, force: true });
  }
}

async function reachable(port: number): Promise<boolean> {
  try {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    return false;
  }
}
