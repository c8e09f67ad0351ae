// Failed starts in the words of Docker, from which its clients choose their exit code.
import { describe, expect, test } from "bun:test";
import { BerthError } from "../../../../src/api/errors.ts";
import { startError } from "../../../../src/engine/containers/lifecycle/start-error.ts";
import { RuntimeError } from "../../../../src/runtime/runtime-error.ts";

const PREFIX = "prefix: ";

describe("messages of the OCI runtime", () => {
  test.each<[string, string, number, string]>([
    [
      "executable file `nope` not found in $PATH: No such file or directory",
      "nope",
      127,
      'exec: "nope": executable file not found in $PATH',
    ],
    ["exec /nope: No such file or directory", "/nope", 127, 'exec: "/nope": stat /nope: no such file or directory'],
    ["exec /etc: Is a directory", "/etc", 126, 'exec: "/etc": is a directory: permission denied'],
    ["open executable: Permission denied", "/etc/hosts", 126, 'exec: "/etc/hosts": permission denied'],
    [
      "chdir `/gone`: No such file or directory",
      "sh",
      127,
      'chdir to cwd ("/gone") set in config.json failed: no such file or directory',
    ],
    ["mount `/a` to `/b`: No such file or directory", "sh", 127, "mount `/a` to `/b`: No such file or directory"],
    ["something else", "sh", 128, "something else"],
  ])("%s", (reason, command, exitCode, message) => {
    const error = startError(new RuntimeError(reason), command, PREFIX);
    expect([error.exitCode, error.message]).toEqual([exitCode, `${PREFIX}${message}`]);
  });

  test("a mount of a directory onto a file gets Docker's hint", () => {
    const { message, exitCode, kind } = startError(
      new RuntimeError("mount `/a` to `/b`: Not a directory"),
      "sh",
      PREFIX,
    );
    expect([exitCode, kind]).toEqual([127, "invalidParameter"]);
    expect(message).toContain("Are you trying to mount a directory onto a file (or vice-versa)?");
  });

  test("a program below a file is named", () => {
    const { message } = startError(new RuntimeError("open executable: Not a directory"), "/etc/passwd/x", PREFIX);
    expect(message).toContain('exec: "/etc/passwd/x": stat /etc/passwd/x: not a directory: Are you trying');
  });
});

test("a message of the engine itself is kept, with its kind", () => {
  const error = startError(new BerthError("conflict", "port is already allocated"), "sh", PREFIX);
  expect([error.kind, error.message, error.exitCode]).toEqual(["conflict", "port is already allocated", 128]);
});

test("the default exit code is the caller's", () => {
  expect(startError(new RuntimeError("something else"), "sh", PREFIX, 126).exitCode).toBe(126);
});
