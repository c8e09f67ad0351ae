// The `tag` option of log drivers: a template of the name that identifies a container in logs.
import { BerthError } from "../../../api/errors.ts";
import type { ContainerSpec } from "../record.ts";
import { commandOf } from "../record.ts";
import type { LogOptions } from "./options.ts";

const SHORT_ID_LENGTH = 12;

const fields: Readonly<Record<string, (spec: ContainerSpec) => string>> = {
  ID: ({ id }) => id.slice(0, SHORT_ID_LENGTH),
  FullID: ({ id }) => id,
  Name: ({ name }) => name,
  FullName: ({ name }) => `/${name}`,
  ImageID: ({ imageId }) => imageId.replace(/^sha256:/, "").slice(0, SHORT_ID_LENGTH),
  ImageFullID: ({ imageId }) => imageId,
  ImageName: ({ imageReference }) => imageReference,
  DaemonName: () => "berth",
  Command: ({ config }) => {
    const { path, args } = commandOf(config);
    return [path, ...args].join(" ");
  },
};

const FIELD = /\{\{\s*\.(\w+)\s*\}\}/g;
const DEFAULT_TAG = "{{.ID}}";

/** @throws BerthError invalidParameter for a template with unknown fields */
export function checkTag({ tag = DEFAULT_TAG }: LogOptions): void {
  const rest = tag.replaceAll(FIELD, (text, name: string) => (Object.hasOwn(fields, name) ? "" : text));
  if (/\{\{|\}\}/.test(rest)) {
    const known = Object.keys(fields).join(", ");
    throw new BerthError("invalidParameter", `invalid log tag "${tag}": it may hold {{.NAME}} of ${known}`);
  }
}

export function tagOf(spec: ContainerSpec, { tag = DEFAULT_TAG }: LogOptions): string {
  return tag.replaceAll(FIELD, (_, name: string) => fields[name]?.(spec) ?? "");
}
