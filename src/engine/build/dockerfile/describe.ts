// `--call`: describes a Dockerfile instead of building it.
// Source for the formats: moby/buildkit, frontend/subrequests.
import { variableName } from "../../../api/environment.ts";
import { BerthError } from "../../../api/errors.ts";
import { type Dockerfile, parseDockerfile, parseUntilError, type Stage } from "../../../dockerfile/dockerfile.ts";
import { lintUntilError } from "../../../dockerfile/lint/lint.ts";
import type { BaseImageFacts, LintWarning } from "../../../dockerfile/lint/subject.ts";
import type { Image } from "../../images/image.ts";
import type { BuildJob } from "../job.ts";
import type { Subrequest, SubrequestAnswer } from "../solve-request.ts";
import { globalArguments } from "../translation/arguments.ts";
import { neededStages } from "../translation/stage-dependencies.ts";
import { check, failOnWarnings, lintAnswer, lintOptions, locatedIn, placeOf } from "./checks.ts";
import type { LoadedDockerfile } from "./contexts.ts";
import { answer, described, descriptionOf, table } from "./description.ts";
import { describeOutline } from "./outline.ts";
import { checkTarget } from "./stages.ts";

/** @throws BerthError */
export function describeDockerfile(job: BuildJob, loaded: LoadedDockerfile, { type }: Subrequest): SubrequestAnswer {
  switch (type) {
    case "lint":
      return describeChecks(job, loaded);
    case "targets":
      return describeTargets(parseDockerfile(loaded.content), loaded);
    case "outline": {
      const dockerfile = parseDockerfile(loaded.content);
      const globals = globalArguments(dockerfile, job.request);
      return describeOutline(dockerfile, needed(dockerfile, job.request), globals, loaded.content);
    }
  }
}

function describeChecks(job: BuildJob, loaded: LoadedDockerfile): SubrequestAnswer {
  const warnings: LintWarning[] = [];
  try {
    checkAll(job, loaded, warnings);
    return lintAnswer(warnings, loaded, undefined);
  } catch (thrown) {
    return lintAnswer(warnings, loaded, locatedIn(loaded, thrown));
  }
}

/** Adds to `warnings`. @throws BerthError when the file cannot be built */
function checkAll({ request, services }: BuildJob, loaded: LoadedDockerfile, warnings: LintWarning[]): void {
  const { dockerfile, failure } = parseUntilError(loaded.content);
  if (failure !== undefined) {
    warnings.push(...lintUntilError(dockerfile, lintOptions(dockerfile, request)));
    throw failure;
  }
  checkTarget(dockerfile, request);
  // Without a target, all stages are checked.
  const stages = request.target === "" ? dockerfile.stages : needed(dockerfile, request);
  const baseImage = (reference: string) => baseImageFacts(reference, (name) => services.images.find(name));
  const found = check({ dockerfile, stages, loaded, request, baseImage });
  warnings.push(...found.warnings);
  if (found.failure !== undefined) throw found.failure;
  failOnWarnings(found.warnings, found.options);
}

/** The facts about a local base image that the checks need. */
export function baseImageFacts(
  reference: string,
  find: (name: string) => Image | undefined,
): BaseImageFacts | undefined {
  if (reference === "scratch") return { variables: [], platform: undefined };
  if (reference.includes("$")) return undefined;
  try {
    const image = find(reference);
    if (image === undefined) return undefined;
    const { os, architecture, variant, config } = image.config;
    const platform = os && architecture ? { os, architecture, ...(variant ? { variant } : {}) } : undefined;
    return { variables: (config?.Env ?? []).map(variableName), platform };
  } catch (thrown) {
    if (thrown instanceof BerthError) return undefined;
    throw thrown;
  }
}

function describeTargets({ stages }: Dockerfile, loaded: LoadedDockerfile): SubrequestAnswer {
  const targets = stages.map((stage) => ({
    ...(stage.name === "" ? {} : { name: stage.name }),
    ...(stage === stages.at(-1) ? { default: true } : {}),
    ...described(descriptionOf(stage.from, stage.name)),
    base: stage.from.base,
    ...(stage.from.platform === "" ? {} : { platform: stage.from.platform }),
    location: placeOf(stage.from.line, stage.from.endLine),
  }));
  const rows = stages.map((stage) => {
    const isDefault = stage === stages.at(-1);
    const shown = stage.name === "" ? (isDefault ? "(default)" : "") : `${stage.name}${isDefault ? " (default)" : ""}`;
    return [shown, descriptionOf(stage.from, stage.name)];
  });
  return answer(
    { targets, sources: [Buffer.from(loaded.content).toString("base64")] },
    table([["TARGET", "DESCRIPTION"], ...rows], 1),
  );
}

function needed(dockerfile: Dockerfile, request: BuildJob["request"]): Stage[] {
  const globals = globalArguments(dockerfile, request);
  return neededStages(dockerfile, request.target, (name) => globals.valueOf(name));
}
