// "os[/arch[/variant]]" as the API's JSON.
import { CommandError } from "./failure.ts";

const PART = /^[A-Za-z0-9_.-]+$/;

/** undefined for ""; otherwise the JSON of an OCI platform. @throws CommandError */
export function platformQuery(text: string): string | undefined {
  if (text === "") return undefined;
  const parts = text.toLowerCase().split("/");
  const [os = "", architecture = "", variant] = parts;
  if (parts.length > 3 || parts.some((part) => !PART.test(part))) {
    throw new CommandError(`${JSON.stringify(text)}: cannot parse platform specifier: invalid argument`);
  }
  return JSON.stringify({ architecture, os, ...(variant === undefined ? {} : { variant }) });
}
