// firewalld rejects packets from interfaces without a zone. Adds the bridges to its trusted zone; one that the
// administrator put into another zone stays there.
import { runFirewallProgram } from "./program.ts";

/** firewalld's table, recreated whenever it reloads. */
export const FIREWALLD_TABLE = "firewalld";

/** firewall-cmd takes most of a second; D-Bus takes milliseconds. */
const PROGRAM = "busctl";
const SERVICE = "org.fedoraproject.FirewallD1";
const PATH = "/org/fedoraproject/FirewallD1";
const ZONE = "trusted";

/**
 * Adds missing bridges to the trusted zone and removes former ones.
 * @param former bridges that were added before
 * @throws Error with the output of firewalld
 */
export async function trustBridges(bridges: ReadonlySet<string>, former: ReadonlySet<string>): Promise<void> {
  if (Bun.which(PROGRAM) === null || !(await isRunning())) return;
  const answer = await askZones("getInterfaces", [ZONE]);
  const present = new Set([...answer.matchAll(/"([^"]*)"/g)].map(([, name]) => name));
  for (const name of bridges) if (!present.has(name)) await askZones("addInterface", [ZONE, name]);
  for (const name of former) {
    if (present.has(name) && !bridges.has(name)) await askZones("removeInterface", [ZONE, name]);
  }
}

const askZones = (method: string, words: string[]): Promise<string> =>
  call([SERVICE, PATH, `${SERVICE}.zone`, method, "s".repeat(words.length), ...words]);

function isRunning(): Promise<boolean> {
  const question = ["org.freedesktop.DBus", "/", "org.freedesktop.DBus", "NameHasOwner", "s", SERVICE];
  return call(question).then(
    (answer) => answer.trim() === "b true",
    () => false,
  );
}

const call = (words: string[]): Promise<string> => runFirewallProgram(PROGRAM, ["--system", "call", ...words]);
