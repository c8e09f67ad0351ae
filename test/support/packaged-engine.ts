// Shared by the tests of whole machines: installs the engine as a service from its Debian package.
import { join } from "node:path";
import { packagesDirectory } from "../../scripts/package.ts";
import type { VirtualMachine } from "../../scripts/virtual-machine/machine.ts";
import { VERSION } from "../../src/api/product.ts";
import { eventually } from "../support/command.ts";

/** Emulated processors are slow. */
export const PATIENCE = 5 * 60_000;

/** Paths of the packages in the machine. */
export const enginePackage = `/root/berth_${VERSION}_amd64.deb`;
export const dockerPackage = `/root/berth-docker_${VERSION}_all.deb`;

/** Copies the packages into the machine, installs the engine, which starts it, and imports busybox. */
export async function installEngine(machine: VirtualMachine): Promise<void> {
  for (const path of [enginePackage, dockerPackage]) {
    await machine.send(join(packagesDirectory, path.slice("/root/".length)), path);
  }
  await machine.must(`dpkg -i ${enginePackage}`);
  await engineIsThere(machine);
  await importBusybox(machine);
}

export async function importBusybox(machine: VirtualMachine): Promise<void> {
  await machine.must(
    "mkdir -p /image/bin /image/tmp && cp /bin/busybox /image/bin && /bin/busybox --install -s /image/bin && " +
      "cp --remove-destination /bin/busybox /image/bin/busybox && for name in /image/bin/*; do " +
      '[ -L "$name" ] && ln -sfn busybox "$name"; done; tar -C /image -c . | berth import - busybox',
  );
}

export function engineIsThere(machine: VirtualMachine): Promise<unknown> {
  return eventually("the engine", async () => (await machine.run("berth version")).code === 0, PATIENCE);
}

/** Serves "hello" on port 80 of a container. */
export const SERVE = "sh -c 'echo hello > /index.html; exec httpd -f -p 80 -h /'";
