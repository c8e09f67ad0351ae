// firewalld refuses what comes in by an interface it has no zone for, and its refusal wins. So the bridges are put into
// its zone for interfaces that are trusted; the administrator may put one into another, where it stays.
import { runFirewallProgram } from "./program.ts";

/** firewalld's own table, which is made anew whenever it is loaded. */
export const FIREWALLD_TABLE = "firewalld";

/** Its own command takes the better part of a second; the bus is asked in milliseconds. */
const PROGRAM = "busctl";
const SERVICE = "org.fedoraproject.FirewallD1";
const PATH = "/org/fedoraproject/FirewallD1";
const ZONE = "trusted";

/**
 * Puts the bridges there that are lacking and takes away those that are no bridges any more.
 * @param former names that may be there from before.
 * @throws Error with what firewalld says.
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
