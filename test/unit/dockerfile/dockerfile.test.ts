// Reading Dockerfiles: lines, flags, forms of arguments, stages.
import { describe, expect, test } from "bun:test";
import type { StageInstruction } from "../../../src/dockerfile/dockerfile.ts";
import { findStage, parseDockerfile, parseTrigger } from "../../../src/dockerfile/dockerfile.ts";

const instructionsOf = (text: string): StageInstruction[] =>
  parseDockerfile(`FROM scratch\n${text}`).stages.flatMap(({ instructions }) => instructions);

const only = (text: string): unknown => {
  const instructions = instructionsOf(text);
  expect(instructions).toHaveLength(1);
  return instructions[0];
};

describe("lines", () => {
  test("continue over comments and empty lines", () => {
    const [run] = instructionsOf("RUN a && \\\n  # why\n\n    b \\  \n  && c\n");
    expect(run?.text).toBe("RUN a &&     b   && c");
    expect(run?.line).toBe(2);
  });
  test("warns of an empty continuation line", () => {
    expect(parseDockerfile("FROM a\nRUN b \\\n\n c\n").warnings).toEqual([
      "[WARNING]: Empty continuation line found in:\n    RUN b  c",
      "[WARNING]: Empty continuation lines will become errors in a future release.",
    ]);
  });
  test("byte order mark, CRLF, and a missing final newline", () => {
    expect(parseDockerfile("\uFEFFFROM a\r\nRUN b").stages[0]?.instructions[0]?.text).toBe("RUN b");
  });
  test("the escape directive", () => {
    const { token, stages } = parseDockerfile(
      "# syntax=docker/dockerfile:1\n#escape = `\nFROM a\nRUN b `\n c\\\nRUN d",
    );
    expect(token).toBe("`");
    expect(stages[0]?.instructions.map(({ text }) => text)).toEqual(["RUN b  c\\", "RUN d"]);
  });
  test("a directive after a comment is a comment", () => {
    expect(parseDockerfile("# hello\n# escape=`\nFROM a").token).toBe("\\");
  });
});

describe("here-documents", () => {
  test("of a command", () => {
    expect(only("RUN <<EOF\nset -e\n# no comment\nEOF\n")).toMatchObject({
      command: { form: "shell", line: "<<EOF" },
      documents: [{ name: "EOF", content: "set -e\n# no comment\n", expands: true, stripsTabs: false }],
    });
  });
  test("several, quoted, with tabs", () => {
    expect(only('COPY <<-one.txt <<"two" a /d/\n\t1 $x\n\tone.txt\n\t2 $x\ntwo\n')).toMatchObject({
      sources: ["a"],
      destination: "/d/",
      documents: [
        { name: "one.txt", content: "1 $x\n", expands: true },
        { name: "two", content: "\t2 $x\n", expands: false },
      ],
    });
  });
  test("another instruction has none", () => {
    expect(instructionsOf("CMD cat <<EOF\nRUN x")).toHaveLength(2);
  });
});

describe("instructions", () => {
  test.each([
    ["RUN echo  'a b' # c", { command: { form: "shell", line: "echo  'a b' # c" } }],
    ['RUN ["a", "b c"]', { command: { form: "exec", words: ["a", "b c"] } }],
    ["RUN [ -f x ]", { command: { form: "shell", line: "[ -f x ]" } }],
    [
      "RUN --mount=type=cache,target=/x --mount=type=tmpfs,target=/y --network=none -- --z",
      { mounts: ["type=cache,target=/x", "type=tmpfs,target=/y"], network: "none", command: { line: "--z" } },
    ],
    ["COPY --chown=1:2 --link --from=x a b /c/", { sources: ["a", "b"], destination: "/c/", chown: "1:2", from: "x" }],
    ['ADD ["a b", "/c"]', { name: "add", sources: ["a b"], destination: "/c" }],
    ["COPY --exclude=*.md --exclude=x/** . /c", { exclude: ["*.md", "x/**"] }],
    ['ARG A B=1 C="x y"', { arguments: [{ name: "A" }, { name: "B", value: "1" }, { name: "C", value: '"x y"' }] }],
    [
      "ENV A=1 B='x y'",
      {
        pairs: [
          ["A", "1"],
          ["B", "'x y'"],
        ],
      },
    ],
    ["ENV A x y", { pairs: [["A", "x y"]] }],
    ['HEALTHCHECK --interval=5s --retries=2 CMD ["x"]', { check: { Interval: 5e9, Retries: 2, Test: ["CMD", "x"] } }],
    ["HEALTHCHECK CMD a b", { check: { Test: ["CMD-SHELL", "a b"] } }],
    ["HEALTHCHECK none", { check: { Test: ["NONE"] } }],
    ["EXPOSE 443 80/udp $X", { words: ["$X", "443", "80/udp"] }],
    ["ONBUILD COPY --chown=1 a b", { trigger: "COPY --chown=1 a b" }],
    ['SHELL ["bash", "-c"]', { words: ["bash", "-c"] }],
  ])("%s", (text, expected) => {
    expect(only(text)).toMatchObject(expected);
  });

  test.each([
    ["FOO bar", "dockerfile parse error on line 2: unknown instruction: FOO"],
    ["toString x", "dockerfile parse error on line 2: unknown instruction: toString"],
    ["RUN", "RUN requires at least one argument"],
    ["COPY a", "COPY requires at least two arguments, but only one was provided. Destination could not be determined"],
    ["copyy a b", "unknown instruction: copyy (did you mean copy?)"],
    ["COPY --nope a b", "unknown flag: --nope"],
    ["RUN --mont=x y", "unknown flag: --mont (did you mean mount?)"],
    ["COPY --chown a b", "missing a value on flag: --chown"],
    ["COPY --chown=1 --chown=2 a b", "duplicate flag specified: --chown"],
    ["COPY --link=maybe a b", "expecting boolean value for flag --link, not: maybe"],
    ["COPY a <<EOF\nEOF", "COPY cannot accept a heredoc as a destination"],
    ["RUN <<EOF\nx", "unterminated heredoc"],
    ["ENV A", "ENV must have two arguments"],
    ["ENV =x", "ENV names can not be blank"],
    ["ARG =x", "ARG names can not be blank"],
    ["SHELL bash", "SHELL requires the arguments to be in JSON form"],
    ["HEALTHCHECK NONE x", "HEALTHCHECK NONE takes no arguments"],
    ["HEALTHCHECK EXEC x", 'Unknown type "EXEC" in HEALTHCHECK (try CMD)'],
    ["HEALTHCHECK --interval=1us CMD x", 'Interval "interval" cannot be less than 1ms'],
    ["HEALTHCHECK CMD", "Missing command after HEALTHCHECK CMD"],
    ["ONBUILD ONBUILD RUN x", "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"],
    ["ONBUILD FROM x", "FROM isn't allowed as an ONBUILD trigger"],
    ["ONBUILD FOO", "unknown instruction: FOO"],
    ["FROM a b", "FROM requires either one or three arguments"],
    ["FROM a AS 1", 'invalid name for build stage: "1", name can\'t start with a number or contain symbols'],
  ])("%s is refused", (text, message) => {
    expect(() => instructionsOf(text)).toThrow(message);
  });
});

describe("stages", () => {
  const { globals, stages } = parseDockerfile(
    "ARG V=1\nFROM --platform=$BUILDPLATFORM a:$V AS Build\nRUN x\nFROM build\nFROM scratch AS last\n",
  );
  test("have names in lower case, numbers, and arguments before them", () => {
    expect(globals.map(({ text }) => text)).toEqual(["ARG V=1"]);
    expect(stages.map(({ name, from }) => [name, from.base, from.platform])).toEqual([
      ["build", "a:$V", "$BUILDPLATFORM"],
      ["", "build", ""],
      ["last", "scratch", ""],
    ]);
  });
  test.each([
    ["BUILD", 0],
    ["1", 1],
    ["last", 2],
    ["3", undefined],
    ["nope", undefined],
    ["", undefined],
  ])("%p is found", (name, index) => {
    expect(findStage(stages, name)?.index).toBe(index);
  });
  test("of two with the same name the last one is used", () => {
    expect(findStage(parseDockerfile("FROM a AS x\nFROM b AS X").stages, "x")?.index).toBe(1);
  });
  test("rejects an instruction before the first stage", () => {
    expect(() => parseDockerfile("RUN x")).toThrow("no build stage in current context");
  });
  test("a trigger is one instruction", () => {
    expect(parseTrigger("RUN <<EOF\nx\nEOF")).toMatchObject({ name: "run" });
    expect(() => parseTrigger("RUN a\nRUN b")).toThrow("onbuild trigger should be a single expression");
  });
});
