// Reads daemon.json. Unknown keys are rejected by name, so that typing errors are noticed.
import { readFileSync } from "node:fs";
import { BerthError, messageOf } from "../../api/errors.ts";
import { isErrno } from "../../linux/errno.ts";
import { absentSettings, fixedSettings } from "./foreign-settings.ts";
import { options } from "./options.ts";

/** The file's settings by key; none if the file is optional and missing. */
export function readConfigFile(path: string, required: boolean): Record<string, unknown> {
  let content: string;
  try {
    content = readFileSync(path, "utf8");
  } catch (thrown) {
    if (isErrno(thrown, "ENOENT") && !required) return {};
    throw refused(path, messageOf(thrown));
  }
  try {
    return checkSettings(content);
  } catch (thrown) {
    throw refused(path, messageOf(thrown));
  }
}

function refused(path: string, why: string): BerthError {
  return new BerthError("invalidParameter", `unable to configure the daemon with file ${path}: ${why}`);
}

/** Parses the file's text; keys without effect here are dropped. */
export function checkSettings(content: string): Record<string, unknown> {
  if (content.trim() === "") return {};
  const parsed: unknown = Bun.JSONC.parse(content);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new BerthError("invalidParameter", "not a JSON object");
  }
  const known = new Set(options.map(({ key }) => key));
  const settings: Record<string, unknown> = {};
  const unknownKeys: string[] = [];
  for (const [key, value] of Object.entries(parsed)) {
    if (known.has(key)) settings[key] = value;
    else if (!checkForeign(key, value)) unknownKeys.push(key);
  }
  if (unknownKeys.length > 0) {
    throw new BerthError(
      "invalidParameter",
      `the following directives don't match any configuration option: ${unknownKeys.join(", ")}`,
    );
  }
  return settings;
}

/** Whether the key is one of Docker's without effect here. @throws BerthError if its value would need an effect */
export function checkForeign(key: string, value: unknown): boolean {
  const fixed = Object.hasOwn(fixedSettings, key) ? fixedSettings[key] : undefined;
  if (fixed) {
    if (fixed.accepts(value)) return true;
    throw new BerthError("invalidParameter", `${key} cannot be ${JSON.stringify(value)}: ${fixed.reason}`);
  }
  if (Object.hasOwn(absentSettings, key)) {
    throw new BerthError("invalidParameter", `${key} is not supported: ${absentSettings[key]}`);
  }
  return false;
}
