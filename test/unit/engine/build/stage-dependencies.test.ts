// Which stages a build takes.
import { expect, test } from "bun:test";
import { parseDockerfile } from "../../../../src/dockerfile/dockerfile.ts";
import { neededStages } from "../../../../src/engine/build/translation/stage-dependencies.ts";

const text = `
ARG BASE=first
FROM a AS first
FROM b AS second
FROM \${BASE} AS third
FROM c AS fourth
COPY --from=second /x /x
RUN --mount=from=0,target=/y true
FROM d AS fifth
COPY --from=fifth /x /x
COPY --from=busybox /x /x
COPY --from=9 /x /x
`;

test.each([
  ["third", [0, 2]],
  ["FOURTH", [0, 1, 3]],
  ["", [4]],
  ["1", [1]],
])("%p takes %p", (target, expected) => {
  const dockerfile = parseDockerfile(text);
  const lookup = (name: string): string | undefined => (name === "BASE" ? "first" : undefined);
  expect(neededStages(dockerfile, target, lookup).map(({ index }) => index)).toEqual(expected);
});

test("a target that is none", () => {
  expect(() => neededStages(parseDockerfile(text), "nope", () => undefined)).toThrow(
    'target stage "nope" could not be found',
  );
  expect(() => neededStages(parseDockerfile("ARG A"), "", () => undefined)).toThrow(
    "No image was generated. Is your Dockerfile empty?",
  );
});
