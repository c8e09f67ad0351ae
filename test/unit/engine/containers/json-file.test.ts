import { describe, expect, test } from "bun:test";
import { JsonFileEncoder } from "../../../../src/engine/containers/logs/json-file/encoder.ts";
import { jsonFileLines } from "../../../../src/engine/containers/logs/json-file/lines.ts";

const START = { offset: 0, skip: 0 };
const UNLIMITED = Number.POSITIVE_INFINITY;
const STAMP = "2026-11-30T09:00:00.120000000+01:00";

const line = (content: string, stream = "stdout", flag = "F") => Buffer.from(`${STAMP} ${stream} ${flag} ${content}\n`);
const encoded = (encoder: JsonFileEncoder, bytes: Uint8Array, limit = UNLIMITED): string =>
  Buffer.from(encoder.encode(bytes, limit).output).toString();

describe("encoding", () => {
  // Expectations derived from moby's jsonlog.JSONLogs.
  test.each([
    ["plain", "hi", "hi"],
    ["quotes and backslashes", String.raw`"\ `, String.raw`\"\\ `],
    ["controls", "\t\r\x00\x7f", `${String.raw`\u0009\r\u0000`}\x7f`],
    ["HTML's characters", "<&>", String.raw`\u003c\u0026\u003e`],
    ["letters beyond ASCII", "\u00e4\u20ac\u{1f600}", "\u00e4\u20ac\u{1f600}"],
    ["line separators", "\u2028\u2029", String.raw`\u2028\u2029`],
  ])("%s", (_, content, expected) => {
    expect(encoded(new JsonFileEncoder("", START), line(content))).toBe(
      `{"log":"${expected}\\n","stream":"stdout","time":"2026-11-30T08:00:00.12Z"}\n`,
    );
  });

  test.each([
    ["a lone continuation byte", [0x80], 1],
    ["an overlong form", [0xc0, 0xaf], 2],
    ["a surrogate", [0xed, 0xa0, 0x80], 3],
    ["a sequence that is cut off", [0xe2, 0x82], 2],
    ["beyond Unicode", [0xf4, 0x90, 0x80, 0x80], 4],
  ])("replaces each byte of %s", (_, bytes, count) => {
    const head = line("").subarray(0, -1);
    const text = encoded(new JsonFileEncoder("", START), Buffer.from([...head, ...bytes, 0x0a]));
    expect(text).toStartWith(`{"log":"${"\\ufffd".repeat(count)}\\n"`);
  });

  test("joins the pieces of each stream and stops at the limit", () => {
    const encoder = new JsonFileEncoder('{"a":"b"}', START);
    const bytes = Buffer.concat([line("one ", "stdout", "P"), line("err", "stderr"), line("two"), line("three")]);
    const { output, taken } = encoder.encode(bytes, 100);
    expect([Buffer.from(output).toString().split("\n").length - 1, taken]).toEqual([
      2,
      bytes.length - line("three").length,
    ]);
    expect(Buffer.from(output).toString()).toContain('"log":"one two\\n","stream":"stdout","attrs":{"a":"b"}');
  });

  test("joins a character that is split over two pieces", () => {
    const [first = 0, second = 0] = Buffer.from("\u00e4");
    const piece = (flag: string, byte: number) =>
      Buffer.concat([line("", "stdout", flag).subarray(0, -1), Buffer.from([byte, 0x0a])]);
    const encoder = new JsonFileEncoder("", START);
    expect(encoded(encoder, Buffer.concat([piece("P", first), piece("F", second)]))).toStartWith('{"log":"\u00e4\\n"');
  });

  test("lines of one read after lines of another, of both streams", () => {
    const other = (text: string) => Buffer.from(`${STAMP.replace(".12", ".13")} stderr F ${text}\n`);
    // As when a log is read: all reads are into one buffer.
    const bytes = Buffer.alloc(2 * line("a").length);
    const encoder = new JsonFileEncoder("", START);
    const reads = [[line("a"), line("b")], [other("c"), other("d")], [line("e")]];
    const text = reads.map((lines) => encoded(encoder, bytes.subarray(0, Buffer.concat(lines).copy(bytes))));
    const messages = text.join("").trimEnd().split("\n");
    expect(messages.map((message) => Object.values(JSON.parse(message)).join(" "))).toEqual([
      "a\n stdout 2026-11-30T08:00:00.12Z",
      "b\n stdout 2026-11-30T08:00:00.12Z",
      "c\n stderr 2026-11-30T08:00:00.13Z",
      "d\n stderr 2026-11-30T08:00:00.13Z",
      "e\n stdout 2026-11-30T08:00:00.12Z",
    ]);
  });

  test("replay from any point yields the same messages, without those already written", () => {
    const pieces = ["a", "b", "c", "d"].flatMap((letter) => [
      line(letter, "stdout", "P"),
      line(letter.repeat(2), "stderr", letter === "c" ? "P" : "F"),
      line(letter.repeat(3), letter === "b" ? "stderr" : "stdout"),
    ]);
    const whole = encoded(new JsonFileEncoder("", START), Buffer.concat(pieces));
    for (let count = 0; count <= pieces.length; count++) {
      const first = new JsonFileEncoder("", START);
      const before = encoded(first, Buffer.concat(pieces.slice(0, count)));
      const point = first.replayPoint;
      const second = new JsonFileEncoder("", point);
      expect(before + encoded(second, Buffer.concat(pieces).subarray(point.offset))).toBe(whole);
    }
  });

  test("the rest of a line has no newline", () => {
    const encoder = new JsonFileEncoder("", START);
    encoder.encode(line("rest", "stderr", "P"), UNLIMITED);
    expect(Buffer.from(encoder.finish()).toString()).toStartWith('{"log":"rest","stream":"stderr"');
    expect(encoder.finish().length).toBe(0);
  });
});

describe("reading", () => {
  test.each(["hi", "", 'a"b\\c', "\t<&>\u2028 \u00e4", 'fake","stream":"stderr","time":"x"}', "back\\n"])(
    "gives back what was encoded: %j",
    (content) => {
      const bytes = Buffer.from(
        encoded(new JsonFileEncoder('{"x":"\\",\\"stream\\""}', START), line(content, "stderr")),
      );
      const end = bytes.length - 1;
      const parsed = jsonFileLines.parse(bytes, 0, end);
      expect([parsed?.stream, parsed?.ends, Buffer.from(parsed?.content ?? []).toString()]).toEqual([
        "stderr",
        true,
        `${content}\n`,
      ]);
      expect(jsonFileLines.timeOf(bytes, 0, end)).toBe(1_796_025_600_120_000_000n);
    },
  );

  test.each(["", "{}", '{"log":"torn', "foreign line"])("skips invalid lines: %j", (text) => {
    expect(jsonFileLines.parse(Buffer.from(text), 0, text.length)).toBeUndefined();
  });
});
