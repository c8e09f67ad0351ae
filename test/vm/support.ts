// What the tests of whole machines share: the engine as a service of one, as packaging/berth.service has it.
import { MACHINE_REPOSITORY, type VirtualMachine } from "../../scripts/virtual-machine/machine.ts";
import { eventually } from "../support/command.ts";

/** Emulated processors take their time. */
export const PATIENCE = 5 * 60_000;

/** Installs the engine, starts it and gives it an image with busybox. */
export async function installEngine(machine: VirtualMachine): Promise<void> {
  await machine.must(`install ${MACHINE_REPOSITORY}/dist/berth /usr/local/bin/berth`);
  await machine.must(`cp ${MACHINE_REPOSITORY}/packaging/berth.service /etc/systemd/system`);
  await machine.must("systemctl enable --now berth");
  await engineIsThere(machine);
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
