// Parses `--secret id=NAME[,src=FILE|,env=VARIABLE]` as buildx does.
import { readFileSync } from "node:fs";
import { FlagValueError } from "../flags/flag.ts";
import { splitCommas } from "../flags/kinds.ts";

export type BuildSecretValues = Readonly<Record<string, Uint8Array>>;

interface Words {
  id: string;
  type: string;
  source: string;
  env: string;
}

const keys: Readonly<Record<string, keyof Words>> = {
  id: "id",
  type: "type",
  source: "source",
  src: "source",
  env: "env",
};

function readWords(given: string): Words {
  const words: Words = { id: "", type: "", source: "", env: "" };
  for (const part of splitCommas(given)) {
    const [name = "", value] = part.split(/=(.*)/s);
    if (value === undefined) throw new FlagValueError(`invalid field '${part}' must be a key=value pair`);
    const key = keys[name.toLowerCase()];
    if (key === undefined) throw new FlagValueError(`unexpected key '${name}' in '${part}'`);
    words[key] = value;
  }
  return words;
}

/** Adds one secret to those before it. @throws FlagValueError */
export function readBuildSecret(given: string, previous: BuildSecretValues): BuildSecretValues {
  const words = readWords(given);
  if (!["", "file", "env"].includes(words.type)) throw new FlagValueError(`unsupported secret type "${words.type}"`);
  if (words.id === "") throw new FlagValueError("id is required");
  return { ...previous, [words.id]: readSecretValue(words) };
}

/** Without a source: the environment variable of that name, otherwise the file. */
function readSecretValue({ id, type, source, env }: Words): Uint8Array {
  const named = env || (type === "env" ? source : "");
  if (named === "" && (source !== "" || type === "file" || process.env[id] === undefined)) {
    return readSource(source || id);
  }
  const value = process.env[named || id];
  if (value === undefined) throw new FlagValueError(`environment variable ${named} is not set`);
  return Buffer.from(value);
}

function readSource(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch {
    throw new FlagValueError(`cannot read ${path}`);
  }
}
