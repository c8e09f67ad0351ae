// Build arguments: given, declared, predefined, and recorded in the history.
import { describe, expect, test } from "bun:test";
import { GlobalArguments, StageArguments } from "../../../../src/engine/build/translation/arguments.ts";

const NONE: ReadonlySet<string> = new Set();

describe("before the first stage", () => {
  test("given values take precedence over declared ones", () => {
    const globals = new GlobalArguments({ A: "given", B: null }, undefined);
    globals.declare("A", "own");
    globals.declare("B", "own");
    globals.declare("C", undefined);
    expect(["A", "B", "C", "D"].map((name) => globals.valueOf(name))).toEqual(["given", "own", undefined, undefined]);
  });
  test("the platforms are known", () => {
    const globals = new GlobalArguments({}, { os: "linux", architecture: "arm", variant: "v7" });
    expect(globals.valueOf("TARGETPLATFORM")).toBe("linux/arm/v7");
    expect(globals.valueOf("TARGETVARIANT")).toBe("v7");
    expect(globals.valueOf("BUILDOS")).toBe("linux");
  });
  test("undeclared arguments are unused, except predefined ones", () => {
    const globals = new GlobalArguments({ A: "1", B: "2", C: "3", http_proxy: "4" }, undefined);
    globals.declare("A", undefined);
    new StageArguments(globals).declare("B", undefined);
    expect(globals.unused()).toEqual(["C"]);
  });
});

describe("in a stage", () => {
  test("an argument is unknown before its declaration", () => {
    const globals = new GlobalArguments({ A: "given" }, undefined);
    globals.declare("G", "global");
    const stage = new StageArguments(globals);
    expect([stage.valueOf("A"), stage.valueOf("G"), stage.valueOf("TARGETARCH")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    stage.declare("A", "own");
    stage.declare("G", undefined);
    stage.declare("TARGETOS", undefined);
    expect([stage.valueOf("A"), stage.valueOf("G"), stage.valueOf("TARGETOS")]).toEqual(["given", "global", "linux"]);
  });
  test("its own value takes precedence over the global one", () => {
    const globals = new GlobalArguments({}, undefined);
    globals.declare("G", "global");
    const stage = new StageArguments(globals);
    stage.declare("G", "own");
    expect(stage.valueOf("G")).toBe("own");
  });
  test("proxies reach commands, but not the history", () => {
    const stage = new StageArguments(new GlobalArguments({ HTTP_PROXY: "p", A: "1" }, undefined));
    stage.declare("B", "2");
    stage.declare("A", undefined);
    stage.declare("EMPTY", undefined);
    expect(stage.variables(NONE).sort()).toEqual(["A=1", "B=2", "HTTP_PROXY=p"]);
    expect(stage.recorded(NONE)).toEqual(["A=1", "B=2"]);
    stage.declare("HTTP_PROXY", undefined);
    expect(stage.recorded(NONE)).toEqual(["A=1", "B=2", "HTTP_PROXY=p"]);
  });
  test("a variable of the same name hides it", () => {
    const stage = new StageArguments(new GlobalArguments({}, undefined));
    stage.declare("A", "1");
    expect(stage.variables(new Set(["A"]))).toEqual([]);
  });
});
