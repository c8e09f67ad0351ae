// Tables: columns as Go's tabwriter lays them out, and folded ones for narrow terminals.
import { describe, expect, test } from "bun:test";
import { inColumns } from "../../../src/cli/output/columns.ts";
import { foldTable } from "../../../src/cli/output/fold.ts";
import { prefixedStream } from "../../../src/cli/output/prefixed-lines.ts";
import { displayedPorts } from "../../../src/cli/output/rows/ports.ts";

describe("columns", () => {
  test("are at least ten wide and three apart; the last one is not padded", () => {
    expect(inColumns("A\tB\tC\nlonger than ten\tb\tc\n")).toBe(
      "A                 B         C\nlonger than ten   b         c\n",
    );
  });

  test("reach only as far down as consecutive lines have them", () => {
    expect(inColumns("a\tb\nwithout\na very long first cell\tb\n")).toBe(
      "a         b\nwithout\na very long first cell   b\n",
    );
  });

  test("count characters, not bytes", () => {
    expect(inColumns("ääääääääää\tb\nx\ty\n")).toBe("ääääääääää   b\nx            y\n");
  });

  test("can follow other rules", () => {
    expect(inColumns("UID\tPID\n", { least: 20, gap: 3 })).toBe("UID                 PID\n");
  });
});

describe("ports", () => {
  const port = (IP: string | undefined, PublicPort: number | undefined, PrivatePort: number, Type = "tcp") => ({
    ...(IP === undefined ? {} : { IP }),
    ...(PublicPort === undefined ? {} : { PublicPort }),
    PrivatePort,
    Type,
  });

  test.each([
    [[], ""],
    [[port(undefined, undefined, 80)], "80/tcp"],
    [
      [port(undefined, undefined, 80), port(undefined, undefined, 81), port(undefined, undefined, 83)],
      "80-81/tcp, 83/tcp",
    ],
    [[port("0.0.0.0", 8080, 80)], "0.0.0.0:8080->80/tcp"],
    [[port("0.0.0.0", 80, 80), port("0.0.0.0", 81, 81)], "0.0.0.0:80-81->80-81/tcp"],
    [[port("::", 8080, 80), port("0.0.0.0", 8080, 80)], "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp"],
    [[port("127.0.0.1", 53, 53, "udp"), port("127.0.0.1", 53, 53)], "127.0.0.1:53->53/tcp, 127.0.0.1:53->53/udp"],
  ])("%j", (ports, expected) => {
    expect(displayedPorts(ports)).toBe(expected);
  });
});

describe("a table wider than the terminal", () => {
  const cells = [
    ["CONTAINER ID", "IMAGE", "PORTS", "NAMES"],
    ["0b792d1cdcd9", "registry.example/team/image:1.0", "127.0.0.1:9000->9000/udp, 0.0.0.0:8080->80/tcp", "web"],
  ];

  test("goes on below in the same columns, and identifiers stay whole", () => {
    const folded = foldTable(cells, 60);
    expect(folded.split("\n").every((line) => line.length <= 60)).toBe(true);
    expect(folded).toContain("0b792d1cdcd9");
    expect(folded.replaceAll(/\s+/g, "")).toContain("127.0.0.1:9000->");
  });

  test("stays as it is when there is room", () => {
    expect(foldTable(cells, 200).split("\n")).toHaveLength(3);
  });
});

test("lines of several streams never mix", async () => {
  const written: string[] = [];
  const out = {
    isTerminal: false,
    write: async (chunk: string | Uint8Array) => {
      written.push(Buffer.from(chunk).toString());
    },
  };
  const web = prefixedStream("web", 5, 0);
  await web.write(Buffer.from("one\ntw"), out);
  await web.write(Buffer.from("o\nthree"), out);
  await web.end();
  expect(written.join("")).toBe("web   | one\nweb   | two\nweb   | three\n");
});
