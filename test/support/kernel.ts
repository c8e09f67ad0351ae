// Kernel features. Tests of missing ones are skipped; `npm run test:vm` runs them on a kernel that has them.
import { existsSync, readFileSync } from "node:fs";
import { command } from "./command.ts";

/** Tries interfaces in a temporary network namespace. */
const attempt = async (script: string): Promise<boolean> =>
  (await command(["unshare", "--net", "sh", "-c", script])).code === 0;

const onParent = (kind: string): string =>
  `ip link add base type veth peer name other && ip link add link base name tried type ${kind}`;

export const kernelHas = {
  macvlan: await attempt(onParent("macvlan")),
  ipvlan: await attempt(onParent("ipvlan")),
  vlan: await attempt(onParent("vlan id 10")),
  dummy: await attempt("ip link add name tried type dummy"),
  sctp: await attempt("python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)'"),
  appArmor: readIfThere("/sys/module/apparmor/parameters/enabled").startsWith("Y"),
};

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
