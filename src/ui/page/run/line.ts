// Converts the form to the `berth run` command line that creates the same container, and back.

import type { CreateContainerRequest } from "../../../api/container-requests.ts";
import { parseSize } from "../../../api/sizes.ts";
import { quoted, words } from "../containers/words.ts";
import { fieldsOf, optionOf } from "./options.ts";

/** The form's fields; lists in the order of their flags. */
export interface RunSettings {
  image: string;
  command: string[];
  name: string;
  publish: string[];
  volume: string[];
  env: string[];
  label: string[];
  /** Options without a field, as on the command line: "--cap-add NET_ADMIN". */
  options: string[];
  network: string;
  restart: string;
  memory: string;
  cpus: string;
  user: string;
  workdir: string;
  hostname: string;
  entrypoint: string;
  tty: boolean;
  interactive: boolean;
  rm: boolean;
  privileged: boolean;
  "read-only": boolean;
  init: boolean;
}

export const noSettings: RunSettings = {
  image: "",
  command: [],
  name: "",
  publish: [],
  volume: [],
  env: [],
  label: [],
  options: [],
  network: "",
  restart: "",
  memory: "",
  cpus: "",
  user: "",
  workdir: "",
  hostname: "",
  entrypoint: "",
  tty: false,
  interactive: false,
  rm: false,
  privileged: false,
  "read-only": false,
  init: false,
};

export const textFlags = [
  "name",
  "network",
  "restart",
  "memory",
  "cpus",
  "user",
  "workdir",
  "hostname",
  "entrypoint",
] as const;
export const listFlags = ["publish", "volume", "env", "label"] as const;
export const toggles = ["tty", "interactive", "rm", "privileged", "read-only", "init"] as const;
type Flag = (typeof textFlags)[number] | (typeof listFlags)[number] | (typeof toggles)[number] | "detach";

const short: Readonly<Record<string, Flag>> = {
  p: "publish",
  v: "volume",
  e: "env",
  l: "label",
  m: "memory",
  u: "user",
  w: "workdir",
  h: "hostname",
  t: "tty",
  i: "interactive",
  d: "detach",
};
const aliases: Readonly<Record<string, Flag>> = { net: "network", detach: "detach" };
const shortOf: Readonly<Record<string, string>> = {
  publish: "-p",
  volume: "-v",
  env: "-e",
  memory: "-m",
  user: "-u",
  workdir: "-w",
};

export function lineOf(settings: RunSettings): string {
  const parts = ["berth run -d"];
  const add = (flag: string, value: string): void => {
    parts.push(`${shortOf[flag] ?? `--${flag}`} ${quoted(value)}`);
  };
  for (const flag of textFlags) if (settings[flag] !== "") add(flag, settings[flag]);
  for (const flag of listFlags) for (const value of settings[flag]) add(flag, value);
  parts.push(...settings.options.filter((option) => option !== ""));
  for (const flag of toggles)
    if (settings[flag]) parts.push(flag === "tty" ? "-t" : flag === "interactive" ? "-i" : `--${flag}`);
  parts.push(settings.image === "" ? "IMAGE" : quoted(settings.image), ...settings.command.map(quoted));
  return parts.join(" ");
}

/** @throws Error for what has no field in the form: nothing in a line is ignored */
export function settingsOf(line: string): RunSettings {
  refuseShell(line);
  const all = words(line);
  const start = all.findIndex((word, index) => word === "run" || (word === "create" && index < 3));
  if (start < 0) throw new Error('"berth run" or "docker run" is expected');
  const settings: RunSettings = { ...noSettings, publish: [], volume: [], env: [], label: [], options: [] };
  const rest = all.slice(start + 1);
  const set = (flag: Flag, value: string): void => {
    const list = listFlags.find((name) => name === flag);
    const text = textFlags.find((name) => name === flag);
    const toggle = toggles.find((name) => name === flag);
    if (list) settings[list].push(value);
    else if (text) settings[text] = value;
    else if (toggle) settings[toggle] = value !== "false";
  };
  const takesValue = (flag: Flag): boolean => [...listFlags, ...textFlags].some((name) => name === flag);
  for (;;) {
    const word = rest.shift();
    if (word === undefined) break;
    if (!word.startsWith("-") || word === "-") {
      settings.image = word === "IMAGE" ? "" : word;
      settings.command = rest;
      break;
    }
    if (word.startsWith("--")) {
      const [name = "", value] = split(word.slice(2));
      const flag = aliases[name] ?? [...textFlags, ...listFlags, ...toggles].find((known) => known === name);
      if (flag === undefined) {
        addOption(settings, name, value, rest);
        continue;
      }
      set(flag, value ?? (takesValue(flag) ? required(rest.shift(), word) : "true"));
      continue;
    }
    for (let at = 1; at < word.length; at++) {
      const flag = short[word[at] ?? ""];
      if (flag === undefined) {
        const value = word.slice(at + 1).replace(/^=/, "");
        const isToggle = addOption(settings, word[at] ?? "", value === "" ? undefined : value, rest);
        if (isToggle) continue;
        break;
      }
      if (!takesValue(flag)) {
        set(flag, "true");
        continue;
      }
      set(flag, at + 1 < word.length ? word.slice(at + 1).replace(/^=/, "") : required(rest.shift(), word));
      break;
    }
  }
  return settings;
}

/** Adds an option without a field. @returns whether it is a boolean */
function addOption(settings: RunSettings, name: string, value: string | undefined, rest: string[]): boolean {
  const option = optionOf(name);
  const shown = name.length === 1 ? `-${name}` : `--${name}`;
  if (!option) throw new Error(`the form has no field for ${shown}`);
  const isToggle = !option.takesValue;
  if (isToggle) settings.options.push(`--${option.flag}${value === "false" ? "=false" : ""}`);
  else settings.options.push(`--${option.flag} ${quoted(value ?? required(rest.shift(), shown))}`);
  return isToggle;
}

/** Shell expansions must be replaced by their values: the page has neither the user's variables nor directory. */
function refuseShell(line: string): void {
  const found = /\$\(.*?\)|\$\{.*?\}|\$\w+|`[^`]*`/.exec(line.replace(/'[^']*'|\\./g, ""));
  if (found) throw new Error(`the page is not a shell: write the value of ${found[0]} instead`);
}

function split(text: string): [string, string | undefined] {
  const at = text.indexOf("=");
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function required(value: string | undefined, flag: string): string {
  if (value === undefined) throw new Error(`flag needs an argument: ${flag}`);
  return value;
}

/** @throws Error for a value that is invalid for its flag */
export function requestOf(settings: RunSettings): CreateContainerRequest {
  const ports: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const text of settings.publish) {
    const [, ip = "", host = "", port = "", protocol = "tcp"] =
      /^(?:(?:(\[[^\]]+\]|[\d.]+):)?(\d*):)?(\d+)(?:\/(tcp|udp|sctp))?$/.exec(text) ?? [];
    if (port === "") throw new Error(`invalid port "${text}": [[ADDRESS:]PORT:]PORT[/PROTOCOL] is expected`);
    const key = `${port}/${protocol}`;
    ports[key] = [...(ports[key] ?? []), { HostIp: ip.replace(/[[\]]/g, ""), HostPort: host }];
  }
  const [restart = "", retries] = settings.restart.split(":");
  const further = fieldsOf(settings.options);
  const exposed = further.config.ExposedPorts;
  const network = settings.network === "" ? "default" : settings.network;
  return {
    Image: settings.image,
    ...(settings.command.length > 0 && { Cmd: settings.command }),
    ...(settings.entrypoint !== "" && { Entrypoint: [settings.entrypoint] }),
    Env: settings.env,
    Labels: Object.fromEntries(settings.label.map((text) => split(text)).map(([name, value]) => [name, value ?? ""])),
    User: settings.user,
    WorkingDir: settings.workdir,
    Hostname: settings.hostname,
    Tty: settings.tty,
    OpenStdin: settings.interactive,
    ...further.config,
    ExposedPorts: {
      ...(typeof exposed === "object" ? exposed : {}),
      ...Object.fromEntries(Object.keys(ports).map((key) => [key, {}])),
    },
    HostConfig: {
      Binds: settings.volume,
      PortBindings: ports,
      NetworkMode: network,
      ...(restart !== "" && { RestartPolicy: { Name: restart, MaximumRetryCount: Number(retries ?? 0) } }),
      ...(settings.memory !== "" && { Memory: parseSize(settings.memory) }),
      ...(settings.cpus !== "" && { NanoCpus: Math.round(Number(settings.cpus) * 1e9) }),
      AutoRemove: settings.rm,
      Privileged: settings.privileged,
      ReadonlyRootfs: settings["read-only"],
      ...(settings.init && { Init: true }),
      ...further.host,
    },
    ...(Object.keys(further.endpoint).length > 0 && {
      NetworkingConfig: { EndpointsConfig: { [network]: further.endpoint } },
    }),
  };
}
