// Parses "os[/arch[/variant]]" as Docker's command does; formats it as the API's JSON.
import { type Platform, parsePlatform } from "../api/platforms.ts";
import { CommandError } from "./failure.ts";
import { failureText } from "./report.ts";

function read(text: string, problem: string): Platform {
  try {
    return parsePlatform(text);
  } catch (thrown) {
    throw new CommandError(`${problem === "" ? "" : `${problem}: `}${failureText(thrown)}`);
  }
}

/** @throws CommandError whose message starts with `problem`, if given */
export function checkPlatform(text: string, problem = ""): void {
  if (text !== "") read(text, problem);
}

/** undefined for ""; otherwise the JSON of an OCI platform. @throws CommandError as {@link checkPlatform} does */
export function platformQuery(text: string, problem = ""): string | undefined {
  return text === "" ? undefined : JSON.stringify(read(text, problem));
}
