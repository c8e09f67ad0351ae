// `--secret name=NAME,src=FILE|env=VARIABLE[,target=PATH][,uid=N][,gid=N][,mode=NNNN]`, a Berth addition. Also accepts
// "id" and "source", as build secrets do.
import { readFileSync } from "node:fs";
import type { Secret } from "../../api/host-configuration.ts";
import { FlagValueError } from "../flags/flag.ts";
import { splitCommas } from "../flags/kinds.ts";

interface Draft extends Secret {
  given: Buffer | undefined;
}

const setters: Readonly<Record<string, (draft: Draft, value: string) => void>> = {
  name: (draft, value) => {
    draft.Name = value;
  },
  src: (draft, value) => {
    draft.given = readSource(value);
  },
  env: (draft, value) => {
    const content = process.env[value];
    if (content === undefined) throw new FlagValueError(`environment variable ${value} is not set`);
    draft.given = Buffer.from(content);
  },
  target: (draft, value) => {
    draft.Target = value;
  },
  uid: (draft, value) => {
    draft.UID = number("uid", value, 10);
  },
  gid: (draft, value) => {
    draft.GID = number("gid", value, 10);
  },
  mode: (draft, value) => {
    draft.Mode = number("mode", value, 8);
  },
};

const aliases: Readonly<Record<string, string>> = { id: "name", source: "src" };

/** Reads the value while parsing, so that it is stored only in the request. @throws FlagValueError */
export function readSecret(text: string): Secret {
  const draft: Draft = { Name: "", given: undefined };
  for (const part of splitCommas(text)) {
    const [key = "", value] = part.split(/=(.*)/s);
    const set = setters[aliases[key] ?? key];
    if (!set || value === undefined) throw new FlagValueError(`unexpected key '${key}' in '${part}'`);
    set(draft, value);
  }
  const { given, ...secret } = draft;
  if (secret.Name === "") throw new FlagValueError("name is required");
  if (given === undefined) throw new FlagValueError("src or env is required");
  return { ...secret, Value: given.toString("base64") };
}

function readSource(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    throw new FlagValueError(`cannot read ${path}`);
  }
}

function number(key: string, value: string, base: 8 | 10): number {
  if (!(base === 8 ? /^[0-7]{1,4}$/ : /^\d{1,10}$/).test(value))
    throw new FlagValueError(`invalid value for ${key}: ${value}`);
  return Number.parseInt(value, base);
}
