// What a stage is based on: the words of its FROM, with the arguments before the first stage.
import { BerthError, messageOf } from "../../../api/errors.ts";
import { type Platform, parsePlatform } from "../../../api/platforms.ts";
import type { Dockerfile, Stage } from "../../../dockerfile/dockerfile.ts";
import { variablesIn } from "../../../dockerfile/lint/subject.ts";
import { didYouMean } from "../../../dockerfile/suggestion.ts";
import { expand } from "../../../dockerfile/variables.ts";
import type { GlobalArguments } from "./arguments.ts";

export interface StageOrigin {
  /** A stage, a named context or an image. */
  name: string;
  /** Undefined for a FROM without `--platform`. */
  platform: Platform | undefined;
}

/** @throws BerthError invalidParameter in BuildKit's words */
export function stageOrigin(
  { from }: Stage,
  globals: GlobalArguments,
  { token }: Pick<Dockerfile, "token">,
): StageOrigin {
  const words = (text: string): string => expand(text, (name) => globals.valueOf(name), token).text;
  const name = words(from.base);
  if (name === "") throw wrong(`base name (${from.base}) should not be blank`);
  if (from.platform === "") return { name, platform: undefined };
  const [hint = ""] = variablesIn(from.platform)
    .filter((variable) => globals.valueOf(variable) === undefined)
    .map((variable) => didYouMean(variable, globals.names()));
  const platform = words(from.platform);
  if (platform === "") throw wrong(`empty platform value from expression ${from.platform}${hint}`);
  try {
    return { name, platform: parsePlatform(platform) };
  } catch (thrown) {
    throw wrong(`failed to parse platform ${from.platform}: ${messageOf(thrown)}${hint}`);
  }
}

const wrong = (message: string): BerthError => new BerthError("invalidParameter", message);
