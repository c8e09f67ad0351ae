// Parses the instructions of a Dockerfile. Variables are not expanded yet.
// Source: Dockerfile reference.

import type { HealthConfig } from "../api/container-config.ts";
import { BerthError, messageOf } from "../api/errors.ts";
import { splitPair } from "../api/pairs.ts";
import { parseDuration } from "../api/time.ts";
import { type FlagKinds, type Flags, readFlags } from "./flags.ts";
import {
  DockerfileError,
  DockerfileParseError,
  DockerfileSyntaxError,
  documentName,
  type HereDocument,
  type SourceInstruction,
} from "./lines.ts";
import { didYouMean } from "./suggestion.ts";
import { type EscapeToken, jsonWords, rawPairs, rawWords, WordsError } from "./words.ts";

/** Shell form or exec form. */
export type CommandLine = { form: "shell"; line: string } | { form: "exec"; words: string[] };

/** `value` is undefined for an `ARG` without a default. */
export interface ArgumentDeclaration {
  name: string;
  value: string | undefined;
}

export interface FromInstruction {
  name: "from";
  base: string;
  /** In lower case; "" for a stage without a name. */
  stage: string;
  platform: string;
}

export interface RunInstruction {
  name: "run";
  command: CommandLine;
  /** Each "type=cache,target=/x". */
  mounts: readonly string[];
  network: string;
  security: string;
  /** Names of CDI devices. */
  devices: readonly string[];
  documents: HereDocument[];
}

export interface CopyInstruction {
  name: "copy" | "add";
  /** Without the here-documents among them. */
  sources: string[];
  destination: string;
  documents: HereDocument[];
  /** A stage or an image; "" is the context. */
  from: string;
  chown: string;
  chmod: string;
  keepsParents: boolean;
  /** Whether the layer is independent of the layers below. */
  isLink: boolean;
  exclude: readonly string[];
  /** "sha256:…" of a URL's content; a commit of a repository. */
  checksum: string;
  /** Whether the .git directory of a repository is kept; undefined for what its address says. */
  keepsGitDirectory: boolean | undefined;
  /** Whether archives are extracted; undefined: local ones are, downloaded ones are not. */
  unpacks: boolean | undefined;
}

export interface ArgInstruction {
  name: "arg";
  arguments: ArgumentDeclaration[];
}

/** Instructions that only change the image configuration. */
export type ConfigurationInstruction =
  | { name: "env" | "label"; pairs: [name: string, value: string][] }
  | { name: "cmd" | "entrypoint"; command: CommandLine }
  | { name: "shell"; words: string[] }
  | { name: "healthcheck"; check: HealthConfig }
  | { name: "expose" | "volume"; words: string[] }
  | { name: "user" | "workdir" | "stopsignal" | "maintainer"; value: string }
  | { name: "onbuild"; trigger: string };

export type InstructionBody =
  | FromInstruction
  | RunInstruction
  | CopyInstruction
  | ArgInstruction
  | ConfigurationInstruction;

/** `text` is the source with continuation lines joined. */
export type Instruction<Body extends InstructionBody = InstructionBody> = Body & {
  text: string;
  line: number;
  endLine: number;
  /** The comments right above it. */
  comments: readonly string[];
};

interface Request {
  /** In capitals, for messages. */
  name: string;
  text: string;
  flags: Flags;
  token: EscapeToken;
  documents: HereDocument[];
}

interface Grammar {
  flags?: FlagKinds;
  read(request: Request): InstructionBody;
}

const copyFlags = {
  chown: "value",
  chmod: "value",
  link: "switch",
  parents: "switch",
  exclude: "values",
} as const;

const grammars: Readonly<Record<string, Grammar>> = {
  from: { flags: { platform: "value" }, read: readFrom },
  run: { flags: { mount: "values", network: "value", security: "value", device: "values" }, read: readRun },
  copy: { flags: { ...copyFlags, from: "value" }, read: (request) => readCopy("copy", request) },
  add: {
    flags: { ...copyFlags, checksum: "value", "keep-git-dir": "switch", unpack: "switch" },
    read: (request) => readCopy("add", request),
  },
  arg: { read: readArg },
  env: { read: ({ text, token }) => ({ name: "env", pairs: rawPairs("ENV", text, token) }) },
  label: { read: ({ text, token }) => ({ name: "label", pairs: rawPairs("LABEL", text, token) }) },
  cmd: { read: ({ text }) => ({ name: "cmd", command: commandLine(text) }) },
  entrypoint: { read: ({ text }) => ({ name: "entrypoint", command: commandLine(text) }) },
  shell: { read: readShell },
  healthcheck: {
    flags: {
      interval: "value",
      timeout: "value",
      "start-period": "value",
      "start-interval": "value",
      retries: "value",
    },
    read: readHealthcheck,
  },
  expose: { read: ({ text, token }) => ({ name: "expose", words: rawWords(text, token).sort() }) },
  volume: { read: readVolume },
  user: { read: ({ text }) => ({ name: "user", value: text }) },
  workdir: { read: ({ text }) => ({ name: "workdir", value: text }) },
  stopsignal: { read: ({ text }) => ({ name: "stopsignal", value: text }) },
  maintainer: { read: ({ text }) => ({ name: "maintainer", value: text }) },
  onbuild: { read: readOnbuild },
};

/** @throws BerthError invalidParameter, with the line it is on */
export function readInstruction(source: SourceInstruction, token: EscapeToken): Instruction {
  const { text, line, endLine, documents, comments } = source;
  const [, name = "", rest = ""] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
  const key = name.toLowerCase();
  const grammar = Object.hasOwn(grammars, key) ? grammars[key] : undefined;
  if (grammar === undefined) {
    const isLower = name === key;
    const names = Object.keys(grammars).map((each) => (isLower ? each : each.toUpperCase()));
    const hint = didYouMean(isLower ? name : name.toUpperCase(), names);
    throw new DockerfileParseError(line, `unknown instruction: ${name}${hint}`, endLine);
  }
  try {
    const { flags, rest: content } = readFlags(rest, grammar.flags ?? {}, token);
    if (content === "") throw wrong(`${key.toUpperCase()} requires ${FEWEST[key] ?? "at least one argument"}`);
    return {
      ...grammar.read({ name: key.toUpperCase(), text: content, flags, token, documents }),
      text,
      line,
      endLine,
      comments,
    };
  } catch (thrown) {
    if (thrown instanceof DockerfileError) throw thrown;
    const InvalidInstruction = thrown instanceof WordsError ? DockerfileSyntaxError : DockerfileParseError;
    throw new InvalidInstruction(line, messageOf(thrown), endLine);
  }
}

const FEWEST: Readonly<Record<string, string>> = {
  from: "either one or three arguments",
  copy: "at least two arguments, but only one was provided. Destination could not be determined",
  add: "at least two arguments, but only one was provided. Destination could not be determined",
  user: "exactly one argument",
  workdir: "exactly one argument",
  stopsignal: "exactly one argument",
  maintainer: "exactly one argument",
};

function wrong(message: string): BerthError {
  return new BerthError("invalidParameter", message);
}

function commandLine(text: string): CommandLine {
  const words = jsonWords(text);
  return words ? { form: "exec", words } : { form: "shell", line: text };
}

function readFrom({ text, flags, token }: Request): FromInstruction {
  const [base = "", as = "", stage = "", ...rest] = rawWords(text, token);
  const hasName = as.toLowerCase() === "as" && stage !== "" && rest.length === 0;
  if (as !== "" && !hasName) throw wrong("FROM requires either one or three arguments");
  if (hasName && !/^[a-z][a-z0-9-_.]*$/.test(stage.toLowerCase())) {
    throw wrong(`invalid name for build stage: "${stage}", name can't start with a number or contain symbols`);
  }
  return { name: "from", base, stage: stage.toLowerCase(), platform: flags.value("platform") };
}

const VARIABLE_FROM = /(?:^|,)\s*from=[^,]*\$[^,]/i;

function readRun({ text, flags, documents }: Request): RunInstruction {
  if (flags.values("mount").some((mount) => VARIABLE_FROM.test(mount))) {
    throw wrong("'from' doesn't support variable expansion, define alias stage instead");
  }
  return {
    name: "run",
    command: commandLine(text),
    mounts: flags.values("mount"),
    network: flags.value("network"),
    security: flags.value("security"),
    devices: flags.values("device"),
    documents,
  };
}

function readCopy(name: "copy" | "add", { text, flags, token, documents, name: shown }: Request): CopyInstruction {
  const words = jsonWords(text) ?? rawWords(text, token);
  const destination = words.at(-1) ?? "";
  if (words.length < 2) throw wrong(`${shown} requires ${FEWEST[name]}`);
  if (documentName(destination)) throw wrong(`${shown} cannot accept a heredoc as a destination`);
  return {
    name,
    sources: words.slice(0, -1).filter((word) => documentName(word) === undefined),
    destination,
    documents,
    from: flags.value("from"),
    chown: flags.value("chown"),
    chmod: flags.value("chmod"),
    keepsParents: flags.isOn("parents"),
    isLink: flags.isOn("link"),
    exclude: flags.values("exclude"),
    checksum: flags.value("checksum"),
    keepsGitDirectory: flags.value("keep-git-dir") === "" ? undefined : flags.isOn("keep-git-dir"),
    unpacks: flags.value("unpack") === "" ? undefined : flags.isOn("unpack"),
  };
}

function readArg({ text, token }: Request): ArgInstruction {
  const declarations = rawWords(text, token).map((word): ArgumentDeclaration => {
    const [name, value] = splitPair(word);
    if (name === "" && value !== undefined) throw wrong("ARG names can not be blank");
    return { name, value };
  });
  return { name: "arg", arguments: declarations };
}

function readShell({ text }: Request): ConfigurationInstruction {
  const words = jsonWords(text);
  if (!words) throw wrong(`SHELL requires the arguments to be in JSON form`);
  if (words.length === 0) throw wrong("SHELL requires at least one argument");
  return { name: "shell", words };
}

function readVolume({ text, token }: Request): ConfigurationInstruction {
  const words = jsonWords(text) ?? rawWords(text, token);
  if (words.some((word) => word.trim() === "")) throw wrong("VOLUME specified can not be an empty string");
  return { name: "volume", words: words.map((word) => word.trim()) };
}

function readHealthcheck({ text, flags }: Request): ConfigurationInstruction {
  const [, type = "", rest = ""] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
  if (type.toUpperCase() === "NONE") {
    if (rest !== "") throw wrong("HEALTHCHECK NONE takes no arguments");
    return { name: "healthcheck", check: { Test: ["NONE"] } };
  }
  if (type.toUpperCase() !== "CMD") throw wrong(`Unknown type "${type.toUpperCase()}" in HEALTHCHECK (try CMD)`);
  const command = commandLine(rest);
  const words = command.form === "exec" ? command.words : [command.line];
  if (words.every((word) => word === "")) throw wrong("Missing command after HEALTHCHECK CMD");
  const duration = (flag: string): number | undefined => durationOf(flag, flags.value(flag));
  const durations = {
    Interval: duration("interval"),
    Timeout: duration("timeout"),
    StartPeriod: duration("start-period"),
    StartInterval: duration("start-interval"),
    Retries: retriesOf(flags.value("retries")),
  };
  const given = Object.fromEntries(Object.entries(durations).filter(([, value]) => value !== undefined));
  return {
    name: "healthcheck",
    check: { ...given, Test: [command.form === "exec" ? "CMD" : "CMD-SHELL", ...words] },
  };
}

/** Nanoseconds. */
function durationOf(flag: string, text: string): number | undefined {
  if (text === "") return undefined;
  const duration = parseDuration(text);
  if (duration === undefined) throw wrong(`time: invalid duration "${text}"`);
  if (duration !== 0n && duration < 1_000_000n) throw wrong(`Interval "${flag}" cannot be less than 1ms`);
  return Number(duration);
}

function retriesOf(text: string): number | undefined {
  if (text === "") return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw wrong(`strconv.ParseInt: parsing "${text}": invalid syntax`);
  if (Number(text) < 0) throw wrong(`--retries cannot be negative (${Number(text)})`);
  return Number(text);
}

function readOnbuild({ text, documents, token }: Request): ConfigurationInstruction {
  const [first = ""] = text.split(/\s/, 1);
  const trigger = first.toUpperCase();
  if (trigger === "ONBUILD") throw wrong("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (trigger === "MAINTAINER" || trigger === "FROM") throw wrong(`${trigger} isn't allowed as an ONBUILD trigger`);
  // Report errors now, not in builds on top of this image.
  readInstruction({ text, line: 1, endLine: 1, documents, comments: [] }, token);
  const whole = [text, ...documents.map(({ content, name }) => `${content}${name}`)].join("\n");
  return { name: "onbuild", trigger: whole };
}
