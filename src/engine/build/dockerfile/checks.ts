// Build checks of a Dockerfile: warnings of a build, and the answer to `--check`.

import { messageOf } from "../../../api/errors.ts";
import { PatternMatcher } from "../../../api/pattern-matcher.ts";
import { formatPlatform, hostPlatform, type Platform } from "../../../api/platforms.ts";
import type { Dockerfile, Stage } from "../../../dockerfile/dockerfile.ts";
import { DockerfileError } from "../../../dockerfile/lines.ts";
import { lint } from "../../../dockerfile/lint/lint.ts";
import { type LintOptions, parseLintOptions } from "../../../dockerfile/lint/options.ts";
import type { LintSubject, LintWarning } from "../../../dockerfile/lint/subject.ts";
import type { BuildWarning } from "../events.ts";
import { BuildError, type SolveRequest, type SubrequestAnswer } from "../solve-request.ts";
import { globalArguments } from "../translation/arguments.ts";
import type { LoadedDockerfile } from "./contexts.ts";
import { excerpt } from "./excerpt.ts";
import { linesOf, locationIn } from "./location.ts";
import { failureOfBases } from "./stages.ts";

export interface CheckSubject {
  dockerfile: Dockerfile;
  stages: readonly Stage[];
  loaded: LoadedDockerfile;
  request: SolveRequest;
  baseImage: LintSubject["baseImage"];
}

export interface CheckResult {
  warnings: LintWarning[];
  options: LintOptions;
  /** Why the bases of the stages are invalid. */
  failure: BuildError | undefined;
}

/** @throws BerthError invalidParameter for invalid options */
export function check(subject: CheckSubject): CheckResult {
  const { dockerfile, loaded, request, baseImage } = subject;
  const options = lintOptions(dockerfile, request);
  const failure = failureOfBases(dockerfile, loaded, globalArguments(dockerfile, request));
  // Without the bases, nothing is known about what the stages define.
  const stages = failure === undefined ? subject.stages : [];
  const predefined = platformArguments(request.platform ?? hostPlatform);
  const isIgnored = ignoring(loaded.ignored);
  return { warnings: lint({ dockerfile, stages, predefined, baseImage, isIgnored, options }), options, failure };
}

/** @throws BerthError invalidParameter for invalid options */
export function lintOptions({ check }: Dockerfile, { arguments: given }: SolveRequest): LintOptions {
  return parseLintOptions(given.BUILDKIT_DOCKERFILE_CHECK ?? check);
}

/** @throws BuildError when the options turn warnings into errors */
export function failOnWarnings(warnings: readonly LintWarning[], { isError }: LintOptions): void {
  if (!isError || warnings.length === 0) return;
  const names = [...new Set(warnings.map(({ rule }) => rule.name))].sort();
  throw new BuildError("invalidParameter", `lint violation found for rules: ${names.join(", ")}`, {});
}

export function buildWarning(
  { rule, detail, line, endLine }: LintWarning,
  loaded: LoadedDockerfile,
  vertex: string,
): BuildWarning {
  return {
    vertex,
    short: `${rule.name}: ${detail} (line ${line})`,
    detail: [rule.description],
    url: rule.url,
    location: locationIn(loaded, line, endLine),
  };
}

/** Adds the location of an error in the file. */
export function locatedIn(loaded: LoadedDockerfile, thrown: unknown): unknown {
  if (!(thrown instanceof DockerfileError)) return thrown;
  const { kind, message, line, endLine } = thrown;
  return new BuildError(kind, message, { location: locationIn(loaded, line, endLine), cause: thrown });
}

const LINT_VERSION = "1.0.0";

/** Source for the format: moby/buildkit, frontend/subrequests/lint. @param failure why it cannot be built */
export function lintAnswer(
  warnings: readonly LintWarning[],
  loaded: LoadedDockerfile,
  failure: unknown,
): SubrequestAnswer {
  const failed = failure instanceof BuildError ? failure.location?.ranges : undefined;
  const result = {
    warnings: warnings.map(({ rule, detail, line, endLine }) => ({
      ruleName: rule.name,
      description: rule.description,
      ...(rule.url === "" ? {} : { url: rule.url }),
      detail,
      location: placeOf(line, endLine),
    })),
    sources: [
      { filename: loaded.filename, language: "Dockerfile", data: Buffer.from(loaded.content).toString("base64") },
    ],
    ...(failure === undefined
      ? {}
      : {
          buildError: {
            message: messageOf(failure),
            location: failed ? placeOf(failed[0]?.start.line ?? 0, failed.at(-1)?.end.line ?? 0) : {},
          },
        }),
  };
  const text = warnings.map(({ rule, detail, line, endLine }) => {
    const page = rule.url === "" ? "" : ` - ${rule.url}`;
    return `\nWARNING: ${rule.name}${page}\n${detail}\n${excerpt(locationIn(loaded, line, endLine))}`;
  });
  if (failure !== undefined) {
    const where = failure instanceof BuildError && failure.location ? excerpt(failure.location) : "";
    text.push(`\n${messageOf(failure)}\n${where}`);
  }
  return {
    metadata: {
      "result.json": JSON.stringify(result, null, 2),
      "result.txt": text.join(""),
      "result.statuscode": warnings.length > 0 || failure !== undefined ? "1" : "0",
      version: LINT_VERSION,
    },
  };
}

/** Lines in the form of BuildKit's JSON. */
export const placeOf = (line: number, endLine: number) => ({
  ranges: linesOf(line, endLine).map((each) => ({ start: { line: each.line }, end: { line: each.line } })),
});

/** Arguments predefined before the first stage. */
function platformArguments(target: Platform): Map<string, string> {
  const values = new Map<string, string>();
  for (const [prefix, platform] of [
    ["TARGET", target],
    ["BUILD", hostPlatform],
  ] as const) {
    values.set(`${prefix}PLATFORM`, formatPlatform(platform));
    values.set(`${prefix}OS`, platform.os);
    values.set(`${prefix}ARCH`, platform.architecture);
    values.set(`${prefix}VARIANT`, platform.variant ?? "");
  }
  values.set("TARGETSTAGE", "");
  return values;
}

/** With exceptions, whether something below a directory is ignored cannot be determined. */
function ignoring(patterns: readonly string[]): (path: string) => boolean | undefined {
  if (patterns.length === 0 || patterns.some((pattern) => pattern.startsWith("!"))) return () => undefined;
  const ignored = new PatternMatcher(patterns);
  return (path) => {
    const clean = path.replace(/^(?:\.?\/)+/, "").replace(/\/+$/, "");
    if (clean === "" || clean === ".") return patterns.some((pattern) => ["*", "**", "**/*"].includes(pattern));
    return ignored.matches(clean);
  };
}
