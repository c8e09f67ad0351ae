// Installs the engine as a service from its Debian package, in a virtual machine or a container with systemd.
import { basename, join } from "node:path";
import { packagesDirectory } from "../../scripts/package.ts";
import { VERSION } from "../../src/api/product.ts";
import { type CommandResult, eventually } from "./command.ts";

/** A system with systemd as its first process. */
export interface SystemdMachine {
  run(line: string): Promise<CommandResult>;
  must(line: string): Promise<string>;
  send(path: string, destination: string): Promise<void>;
}

/** Emulated processors are slow. */
export const PATIENCE = 5 * 60_000;

export const architecture = process.arch === "arm64" ? "arm64" : "amd64";

/** Paths of the packages in the machine. */
export const enginePackage = `/root/berth_${VERSION}_${architecture}.deb`;
export const dockerPackage = `/root/berth-docker_${VERSION}_all.deb`;

/** Copies the packages into the machine, installs the engine, which starts it, and imports busybox. */
export async function installEngine(machine: SystemdMachine): Promise<void> {
  for (const path of [enginePackage, dockerPackage]) await machine.send(join(packagesDirectory, basename(path)), path);
  await machine.must(`apt-get install --yes ${enginePackage}`);
  await engineIsThere(machine);
  await importBusybox(machine);
}

export async function importBusybox(machine: SystemdMachine): Promise<void> {
  await machine.must(
    "mkdir -p /image/bin /image/tmp && cp /bin/busybox /image/bin && /bin/busybox --install -s /image/bin && " +
      "cp --remove-destination /bin/busybox /image/bin/busybox && for name in /image/bin/*; do " +
      '[ -L "$name" ] && ln -sfn busybox "$name"; done; tar -C /image -c . | berth import - busybox',
  );
}

export function engineIsThere(machine: SystemdMachine): Promise<unknown> {
  return eventually("the engine", async () => (await machine.run("berth version")).code === 0, PATIENCE);
}

/** Serves "hello" on port 80 of a container. */
export const SERVE = "sh -c 'echo hello > /index.html; exec httpd -f -p 80 -h /'";
