// Parses the daemon's command line into the form of its configuration file.

import { BerthError } from "../../api/errors.ts";
import { splitPair } from "../../api/pairs.ts";
import { checkForeign } from "./file.ts";
import { fixedSettings } from "./foreign-settings.ts";
import { type Option, options } from "./options.ts";

export const DEFAULT_CONFIG_FILE = "/etc/berth/daemon.json";

export interface CommandLine {
  /** Settings by their key in the configuration file. */
  settings: Record<string, unknown>;
  configFile: string;
  /** Whether the file was named and must exist. */
  configFileNamed: boolean;
  /** Only check the configuration and exit. */
  validate: boolean;
  help: boolean;
}

/** Flags that are not settings. */
const CONFIG_FILE: Option = { key: "", flag: "config-file", type: "text", help: "Configuration file" };
const VALIDATE: Option = { key: "", flag: "validate", type: "switch", help: "Check the configuration and exit" };
const HELP: Option = { key: "", flag: "help", short: "h", type: "switch", help: "Print this help" };

const allFlags: readonly Option[] = [...options.filter(({ flag }) => flag !== undefined), CONFIG_FILE, VALIDATE, HELP];

interface Given {
  option: Option;
  text: string;
}

/** Reads `--name value`, `--name=value`, `-n value` and `-nvalue`. Anything else: invalidParameter. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const given = tokenize(argv);
  const settings: Record<string, unknown> = {};
  for (const option of options) {
    const texts = given.filter((item) => item.option === option).map((item) => item.text);
    if (texts.length > 0) settings[option.key] = flagValue(option, texts);
  }
  const last = (option: Option) => given.findLast((item) => item.option === option)?.text;
  const configFile = last(CONFIG_FILE);
  return {
    settings,
    configFile: configFile ?? DEFAULT_CONFIG_FILE,
    configFileNamed: configFile !== undefined,
    validate: last(VALIDATE) === "true",
    help: last(HELP) === "true",
  };
}

export function usage(): string {
  const lines = allFlags
    .map(({ flag = "", short, type, help }) => ({
      left: `${short ? `-${short}, ` : "    "}--${flag}${type === "switch" ? "" : ` ${placeholder(type)}`}`,
      help,
    }))
    .toSorted((left, right) => left.left.slice(4).localeCompare(right.left.slice(4)));
  const width = Math.max(...lines.map(({ left }) => left.length)) + 3;
  return [
    "Usage:  berth daemon [OPTIONS]",
    "",
    "Run the engine.",
    "",
    "Options:",
    ...lines.map(({ left, help }) => `  ${left.padEnd(width)}${help}`),
    "",
  ].join("\n");
}

function placeholder(type: Option["type"]): string {
  if (type === "number") return "int";
  return type === "text" ? "string" : "list";
}

function tokenize(argv: readonly string[]): Given[] {
  const given: Given[] = [];
  const rest = [...argv];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (takeForeign(argument, rest)) continue;
    const { option, attached, shown } = recognize(argument);
    if (attached !== undefined) given.push({ option, text: attached });
    else if (option.type === "switch") given.push({ option, text: "true" });
    else {
      const text = rest.shift();
      if (text === undefined) throw new BerthError("invalidParameter", `flag needs an argument: ${shown}`);
      given.push({ option, text });
    }
  }
  return given;
}

/**
 * Takes a flag of Docker's daemon that has no effect here, as the key of daemon.json with the same meaning.
 * @throws BerthError if its value would need an effect
 */
function takeForeign(argument: string, rest: string[]): boolean {
  const [, flag = "", attached] = /^--([^=]+)(?:=(.*))?$/s.exec(argument) ?? [];
  if (allFlags.some((known) => known.flag === flag)) return false;
  // A flag for one entry of a list has no plural: --exec-opt.
  const list = `${flag}s`;
  if (Object.hasOwn(fixedSettings, list)) return checkForeign(list, [attached ?? rest.shift()]);
  const fixed = Object.hasOwn(fixedSettings, flag) ? fixedSettings[flag] : undefined;
  if (!fixed) return checkForeign(flag, attached);
  const isSwitch = fixed.accepts(true) || fixed.accepts(false);
  const value = isSwitch ? !["0", "f", "false"].includes((attached ?? "").toLowerCase()) : (attached ?? rest.shift());
  return checkForeign(flag, value);
}

function recognize(argument: string): { option: Option; attached: string | undefined; shown: string } {
  const long = /^--([^=]+)(?:=(.*))?$/s.exec(argument);
  if (long) {
    const option = allFlags.find(({ flag }) => flag === long[1]);
    if (!option) throw new BerthError("invalidParameter", `unknown flag: --${long[1]}`);
    return { option, attached: long[2], shown: `--${long[1]}` };
  }
  const short = /^-(\w)=?(.+)?$/s.exec(argument);
  if (short) {
    const option = allFlags.find((known) => known.short === short[1]);
    if (!option) throw new BerthError("invalidParameter", `unknown shorthand flag: '${short[1]}' in ${argument}`);
    return { option, attached: short[2], shown: `-${short[1]}` };
  }
  throw new BerthError("invalidParameter", `"berth daemon" accepts no arguments, but got ${JSON.stringify(argument)}`);
}

function flagValue(option: Option, texts: string[]): unknown {
  const last = texts.at(-1) ?? "";
  switch (option.type) {
    case "text":
      return last;
    case "switch":
      return readSwitch(option, last);
    case "number":
      return readNumber(option, last);
    case "list":
      return texts;
    case "pairs":
      return Object.fromEntries(texts.map((text) => readPair(option, text)));
    case "pairsByName":
      return pairsByName(option, texts);
    case "pools":
      return texts.map((text) => readPool(option, text));
    case "runtimes":
      return Object.fromEntries(texts.map((text) => readPair(option, text)).map(([name, path]) => [name, { path }]));
    case "ulimits":
      return Object.fromEntries(texts.map((text) => readUlimit(option, text)));
  }
}

function invalid(option: Option, text: string, why: string): BerthError {
  return new BerthError(
    "invalidParameter",
    `invalid argument ${JSON.stringify(text)} for "--${option.flag}" flag: ${why}`,
  );
}

function readSwitch(option: Option, text: string): boolean {
  if (["1", "t", "true"].includes(text.toLowerCase())) return true;
  if (["0", "f", "false"].includes(text.toLowerCase())) return false;
  throw invalid(option, text, "not true or false");
}

function readNumber(option: Option, text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw invalid(option, text, "not a number");
  return Number(text);
}

function readPair(option: Option, text: string): [name: string, value: string] {
  const [name, value] = splitPair(text);
  if (name === "" || value === undefined) throw invalid(option, text, "must be name=value");
  return [name, value];
}

function pairsByName(option: Option, texts: readonly string[]): Record<string, Record<string, string>> {
  const found: Record<string, Record<string, string>> = {};
  for (const [name, text] of texts.map((each) => readPair(option, each))) {
    const [key, value] = readPair(option, text);
    found[name] = { ...found[name], [key]: value };
  }
  return found;
}

function readPool(option: Option, text: string): { base: string; size: number } {
  const parts = new Map(text.split(",").map((part) => readPair(option, part)));
  const { base, size } = { base: parts.get("base"), size: parts.get("size") };
  if (base === undefined || size === undefined || parts.size !== 2) {
    throw invalid(option, text, "must be base=ADDRESS/LENGTH,size=LENGTH");
  }
  return { base, size: readNumber(option, size) };
}

function readUlimit(option: Option, text: string): [string, { Name: string; Soft: number; Hard: number }] {
  const [Name, limits] = readPair(option, text);
  const [soft = "", hard = soft, ...rest] = limits.split(":");
  if (rest.length > 0) throw invalid(option, text, "must be name=soft[:hard]");
  return [Name, { Name, Soft: readNumber(option, soft), Hard: readNumber(option, hard) }];
}
