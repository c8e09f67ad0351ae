// Access to the page's server.
import { describe, expect, setSystemTime, test } from "bun:test";
import { originObjection } from "../../../src/ui/server/origin.ts";
import { Password } from "../../../src/ui/server/password.ts";
import { isReadable } from "../../../src/ui/server/read-only.ts";
import { Sessions } from "../../../src/ui/server/sessions.ts";

const address = { protocol: "http:", port: 8080, names: ["berth.example"] };
const asked = (headers: Record<string, string>, method = "GET", path = "/engine/default/info"): string | undefined =>
  originObjection(new Request(`http://localhost:8080${path}`, { method, headers }), address);

describe("origin", () => {
  test.each([
    "localhost:8080",
    "LOCALHOST:8080",
    "127.0.0.1:8080",
    "[::1]:8080",
    "192.168.1.5:8080",
    "berth.example:8080",
  ])("%s is a host of the server", (host) => {
    expect(asked({ host })).toBeUndefined();
  });
  test.each([
    "localhost",
    "localhost:80",
    "evil.example:8080",
    "localhost.evil.example:8080",
    "",
    "[::1",
    "a b:8080",
    "localhost.:8080",
    "127.1:8080",
    "2130706433:8080",
    "user@localhost:8080",
    "127.0.0.1:8080:80",
    "[::1%25lo]:8080",
  ])("%j is not", (host) => {
    expect(asked({ host })).toBe("this server does not answer to that host name");
  });
  test.each([
    "http://evil.example",
    "http://127.0.0.1:8080",
    "https://localhost:8080",
    "null",
    "http://localhost:8081",
  ])("%s is another site than localhost:8080", (origin) => {
    expect(asked({ host: "localhost:8080", origin })).toBe("the request comes from another site");
  });
  test("changes and WebSockets need an Origin", () => {
    const host = "localhost:8080";
    expect(asked({ host }, "POST")).toBe("the request has no Origin header");
    expect(asked({ host, upgrade: "websocket" })).toBe("the request has no Origin header");
    expect(asked({ host, origin: "http://localhost:8080" }, "POST")).toBeUndefined();
  });
  test("links on other sites reach only the page", () => {
    const headers = { host: "localhost:8080", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    expect(asked(headers, "GET", "/")).toBeUndefined();
    expect(asked(headers)).toBe("the request comes from another site");
  });
});

describe("sessions", () => {
  const sessions = new Sessions({ secure: true, port: 8080 });
  const withCookie = (cookie: string): Request => new Request("http://localhost/", { headers: { cookie } });

  test("a token works once", () => {
    const token = sessions.issueToken();
    expect([sessions.redeem(`${token}x`), sessions.redeem(token), sessions.redeem(token)]).toEqual([
      false,
      true,
      false,
    ]);
  });
  test("a token works for an hour", () => {
    const issued = new Date("2026-01-01T00:00:00Z");
    setSystemTime(issued);
    const [early, late] = [sessions.issueToken(), sessions.issueToken()];
    setSystemTime(new Date(issued.getTime() + 59 * 60_000));
    expect(sessions.redeem(early)).toBe(true);
    setSystemTime(new Date(issued.getTime() + 61 * 60_000));
    expect(sessions.redeem(late)).toBe(false);
    setSystemTime();
  });
  test("a session stays open until it is closed", () => {
    const cookie = sessions.open();
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
    const request = withCookie(`other=1; ${cookie.split(";")[0]}`);
    const session = sessions.find(request);
    expect(session).toBeDefined();
    sessions.close(session);
    expect(sessions.find(request)).toBeUndefined();
  });
  test("an additional cookie does not hide the session's", () => {
    const cookie = sessions.open().split(";")[0] ?? "";
    const name = cookie.split("=")[0] ?? "";
    expect(sessions.find(withCookie(`${name}=planted; ${cookie}`))).toBeDefined();
    expect(sessions.find(withCookie(`${name}=planted`))).toBeUndefined();
  });
  test("is unknown to a server on another port", () => {
    const other = new Sessions({ secure: true, port: 8081 });
    expect(other.find(withCookie(sessions.open().split(";")[0] ?? ""))).toBeUndefined();
  });
});

describe("password", () => {
  // The cheapest hash: the default takes a second on a busy machine.
  const hashed = (password: string): Promise<string> =>
    Bun.password.hash(password, { algorithm: "argon2id", memoryCost: 64, timeCost: 1 });

  test("is read from the first line, or its hash", async () => {
    expect(await (await Password.of(`${await hashed("open")}\n`)).check("open", "192.0.2.1")).toBe("right");
    const plain = await Password.of("open\nsecond line\n");
    expect(await plain.check("open", "192.0.2.1")).toBe("right");
    expect(await plain.check("", "192.0.2.1")).toBe("wrong");
    expect(Password.of("\n")).rejects.toThrow("the password file is empty");
  });
  test("is tried at most five times a minute, also in parallel", async () => {
    const password = await Password.of(await hashed("open"));
    const answers = await Promise.all(Array.from({ length: 7 }, () => password.check("guess", "192.0.2.1")));
    expect(answers.filter((answer) => answer === "wrong")).toHaveLength(5);
    expect(await password.check("open", "192.0.2.1")).toBe("too many tries");
    expect(await password.check("open", "::ffff:192.0.2.1")).toBe("too many tries");
    expect(await password.check("open", "192.0.2.2")).toBe("right");
  });
  test("is limited for a network of IPv6, and for all clients together", async () => {
    const password = await Password.of(await hashed("open"));
    for (let host = 1; host <= 5; host++) await password.check("guess", `2001:db8:0:1::${host}`);
    expect(await password.check("open", "2001:db8:0:1:a:b:c:d")).toBe("too many tries");
    expect(await password.check("open", "2001:db8:0:2::1")).toBe("right");
    for (let client = 1; client <= 25; client++) await password.check("guess", `192.0.2.${client}`);
    expect(await password.check("open", "198.51.100.1")).toBe("too many tries");
  });
});

describe("read-only", () => {
  test.each([
    "/info",
    "/containers/json",
    "/containers/web/logs",
    "/images/team/app:1/json",
    "/networks",
    "/volumes/data",
    "/events",
  ])("GET %s passes", (path) => {
    expect(isReadable("GET", path)).toBe(true);
    expect(isReadable("POST", path)).toBe(false);
    expect(isReadable("DELETE", path)).toBe(false);
  });
  test.each([
    "/containers/web/export",
    "/images/get",
    "/exec/x/start",
    "/containers/a/b/json",
    "/secrets",
    "/images/x/push",
  ])("GET %s does not", (path) => {
    expect(isReadable("GET", path)).toBe(false);
  });
});
