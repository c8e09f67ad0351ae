import { describe, expect, test } from "bun:test";
import { parseContainerPort, parseHostPort, publishedWishes } from "../../../src/network/port-bindings.ts";

describe("ports of a container", () => {
  test.each([
    ["80", { port: 80, protocol: "tcp" }],
    ["53/udp", { port: 53, protocol: "udp" }],
    ["9/SCTP", { port: 9, protocol: "sctp" }],
  ] as const)("%s", (text, expected) => expect(parseContainerPort(text)).toEqual(expected));

  test.each([
    ["x/tcp", 'invalid port specification: "x/tcp"'],
    ["65536/tcp", 'invalid port specification: "65536/tcp"'],
    ["80/icmp", "invalid protocol: icmp"],
  ])("%s is refused", (text, message) => expect(() => parseContainerPort(text)).toThrow(message));
});

describe("ports of the host", () => {
  test.each([
    [undefined, 0, 0],
    ["", 0, 0],
    ["8080", 8080, 8080],
    ["8000-8010", 8000, 8010],
  ])("%p is %p to %p", (text, firstPort, lastPort) => expect(parseHostPort(text)).toEqual({ firstPort, lastPort }));

  test.each(["x", "8010-8000", "70000", "80-"])("%p is refused", (text) => expect(() => parseHostPort(text)).toThrow());
});

describe("what is published", () => {
  test("exact ports come before ranges and random ones, so that these leave them free", () => {
    const wishes = publishedWishes(
      { "80/tcp": [{ HostPort: "8000-8010" }], "90/tcp": [{ HostPort: "8000" }], "70/udp": [{}] },
      [],
      false,
    );
    expect(wishes.map(({ port }) => port)).toEqual([90, 80, 70]);
  });

  test("-P takes exposed ports that are not published otherwise", () => {
    const wishes = publishedWishes({ "80/tcp": [{ HostPort: "8080" }] }, ["80/tcp", "443/tcp"], true);
    expect(wishes.map(({ port, firstPort }) => [port, firstPort])).toEqual([
      [80, 8080],
      [443, 0],
    ]);
    expect(publishedWishes({}, ["443/tcp"], false)).toEqual([]);
  });

  test("a malformed host address is refused", () => {
    expect(() => publishedWishes({ "80/tcp": [{ HostIp: "1.2.3" }] }, [], false)).toThrow("invalid IP address: 1.2.3");
  });
});
