// Tables: columns as Go's tabwriter lays them out, and folded ones for narrow terminals.
import { describe, expect, test } from "bun:test";
import { inColumns } from "../../../src/cli/output/columns.ts";
import { foldTable } from "../../../src/cli/output/fold.ts";
import { cellsOf } from "../../../src/cli/output/list-format.ts";
import { prefixedStream } from "../../../src/cli/output/prefixed-lines.ts";
import { imageList, namedImages } from "../../../src/cli/output/rows/images.ts";
import { briefPorts, displayedPorts } from "../../../src/cli/output/rows/ports.ts";

describe("columns", () => {
  test("are at least ten wide and three apart; the last one is not padded", () => {
    expect(inColumns("A\tB\tC\nlonger than ten\tb\tc\n")).toBe(
      "A                 B         C\nlonger than ten   b         c\n",
    );
  });

  test("extend over consecutive lines only", () => {
    expect(inColumns("a\tb\nwithout\na very long first cell\tb\n")).toBe(
      "a         b\nwithout\na very long first cell   b\n",
    );
  });

  test("count characters, not bytes", () => {
    expect(inColumns("ääääääääää\tb\nx\ty\n")).toBe("ääääääääää   b\nx            y\n");
  });

  test("can have other rules", () => {
    expect(inColumns("UID\tPID\n", { least: 20, gap: 3 })).toBe("UID                 PID\n");
  });
});

test("an image without date from an older engine has none", () => {
  const image = {
    Id: "sha256:0",
    ParentId: "",
    RepoTags: ["a:1"],
    RepoDigests: [],
    Created: -62_135_596_800,
    Size: 1,
    SharedSize: -1,
    Containers: -1,
    Labels: {},
  };
  const list = imageList({ short: true, digests: false });
  const [row] = namedImages([image], false);
  if (!row) throw new Error("no row");
  expect(cellsOf([row], list)[1]?.[3]).toBe("N/A");
  expect(list.row(row).CreatedSince?.()).toBe("");
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

test("ports in short form", () => {
  const port = (IP: string, PublicPort: number, PrivatePort: number, Type = "tcp") => ({
    IP,
    PublicPort,
    PrivatePort,
    Type,
  });
  const ports = [port("0.0.0.0", 8080, 80), port("::", 8080, 80), port("::", 53, 53, "udp"), port("127.0.0.1", 1, 2)];
  expect(briefPorts(ports)).toBe("[::]:53->53/udp, 127.0.0.1:1->2/tcp, 8080->80/tcp");
});

describe("a table wider than the terminal", () => {
  const cells = [
    ["CONTAINER ID", "IMAGE", "STATUS", "PORTS", "NAMES"],
    [
      "0b792d1cdcd9",
      "registry.example/team/image:1.0",
      "Up 5 minutes (healthy)",
      "127.0.0.1:9000->9000/udp, 80/tcp",
      "web",
    ],
    ["b792d1cdcd90", "busybox", "Created", "", "long-name-of-one"],
  ];
  const lines = (room: number, optional: string[] = []) => foldTable(cells, room, optional).trimEnd().split("\n");

  test("is unchanged if it fits", () => {
    expect(lines(200)).toHaveLength(3);
  });

  test("keeps words whole if there is room", () => {
    expect(lines(108)).toEqual([
      "CONTAINER ID   IMAGE                             STATUS         PORTS                       NAMES",
      "0b792d1cdcd9   registry.example/team/image:1.0   Up 5 minutes   127.0.0.1:9000->9000/udp,   web",
      "                                                 (healthy)      80/tcp",
      "b792d1cdcd90   busybox                           Created                                    long-name-of-one",
    ]);
  });

  test("breaks them at separators", () => {
    expect(lines(70)).toEqual([
      "CONTAINER ID  IMAGE              STATUS     PORTS             NAMES",
      "0b792d1cdcd9  registry.example/  Up 5       127.0.0.1:9000->  web",
      "              team/image:1.0     minutes    9000/udp, 80/tcp",
      "                                 (healthy)",
      "b792d1cdcd90  busybox            Created                      long-",
      "                                                              name-of-",
      "                                                              one",
    ]);
  });

  test("drops optional columns", () => {
    expect(lines(60, ["IMAGE"]).join("\n")).not.toContain("busybox");
    expect(lines(60, ["IMAGE"]).join("\n")).toContain("0b792d1cdcd9");
  });

  test.each([30, 45, 60, 75, 90, 105])("never is wider than %i", (room) => {
    expect(lines(room, ["IMAGE"]).filter((line) => line.length > Math.max(room, 12 + 6 * 4 + 4))).toEqual([]);
  });
});

test("never mixes lines of several streams", async () => {
  const written: string[] = [];
  const out = {
    isTerminal: false,
    write: async (chunk: string | Uint8Array) => {
      written.push(Buffer.from(chunk).toString());
    },
  };
  const web = prefixedStream("web", () => 5, 0);
  await web.write(Buffer.from("one\ntw"), out);
  await web.write(Buffer.from("o\nthree"), out);
  await web.end();
  expect(written.join("")).toBe("web   | one\nweb   | two\nweb   | three\n");
});
