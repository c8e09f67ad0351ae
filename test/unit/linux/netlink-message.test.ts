import { describe, expect, test } from "bun:test";
import {
  decodeAttributes,
  decodeMessages,
  eachAttribute,
  encodedLength,
  encodeMessage,
  MessageBody,
  textOf,
  uint32Of,
} from "../../../src/linux/netlink/message.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("netlink messages", () => {
  test("attributes are padded to four bytes and nest", () => {
    const body = new MessageBody().append(Uint8Array.of(1)).nested(2, (inner) => {
      inner.text(3, "ab").uint8(4, 5);
    });
    expect(hex(body.finish())).toBe(["01000000", "14000280", "07000300", "61620000", "05000400", "05000000"].join(""));
  });

  test("decodes what it encoded", () => {
    const body = new MessageBody().uint32(1, 4711).text(2, "eth0").uint16(3, 9).finish();
    const message = { type: 16, flags: 5, body };
    const bytes = new Uint8Array(2 * encodedLength(message));
    encodeMessage(message, 8, bytes, encodeMessage(message, 7, bytes, 0));
    const [first, second, ...rest] = decodeMessages(bytes);
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ type: 16, flags: 5, sequence: 7 });
    expect(second?.sequence).toBe(8);
    const attributes = decodeAttributes(first?.body ?? new Uint8Array(0));
    expect(uint32Of(attributes.get(1))).toBe(4711);
    expect(textOf(attributes.get(2))).toBe("eth0");
  });

  test("a body grows as needed", () => {
    const body = new MessageBody();
    for (let index = 0; index < 1000; index++) body.uint32(index, index);
    const found = [...eachAttribute(body.finish())];
    expect(found.length).toBe(1000);
    expect(found.every(([type, payload]) => uint32Of(payload) === type)).toBe(true);
  });

  test.each(["", "10", "ffffffff00000000", "1400000010000000"])("a truncated message %p ends the list", (text) =>
    expect(decodeMessages(Buffer.from(text, "hex"))).toEqual([]),
  );
});
