// Insecure hosts, proxies, and the endpoints for images.
import { describe, expect, test } from "bun:test";
import { endpointsOf, isInsecureHost, type RegistrySettings } from "../../../src/registry/endpoints.ts";
import { loginDomain } from "../../../src/registry/login.ts";
import { proxyFor } from "../../../src/registry/proxy.ts";

test.each([
  ["127.0.0.1:5000", [], true],
  ["127.9.9.9", [], true],
  ["localhost:5000", [], true],
  ["[::1]:5000", [], true],
  ["registry.example", [], false],
  ["10.1.2.3:5000", [], false],
  ["10.1.2.3:5000", ["10.0.0.0/8"], true],
  ["[fd00::1]:5000", ["fd00::/8"], true],
  ["10.1.2.3:5000", ["10.1.2.3:5000"], true],
  ["10.1.2.3:5000", ["10.1.2.3"], true],
  ["registry.example:5000", ["registry.example:5000"], true],
  ["registry.example:5001", ["registry.example:5000"], false],
])("%s with %p is insecure: %p", async (host, list, expected) => {
  expect(await isInsecureHost(host, list)).toBe(expected);
});

describe("proxies", () => {
  const settings = {
    http: "http://plain:1",
    https: "secure:2",
    no: "no.example, .sub.example,10.0.0.0/8,host.example:444,*.star.example",
  };
  test.each([
    ["http://a.example/", "http://plain:1"],
    ["https://a.example/", "http://secure:2"],
    ["https://no.example/", undefined],
    ["https://in.no.example/", undefined],
    ["https://notno.example/", "http://secure:2"],
    ["https://sub.example/", "http://secure:2"],
    ["https://x.sub.example/", undefined],
    ["https://x.star.example/", undefined],
    ["https://10.3.4.5:5000/", undefined],
    ["https://11.3.4.5/", "http://secure:2"],
    ["https://host.example:444/", undefined],
    ["https://host.example/", "http://secure:2"],
    ["http://localhost:5000/", undefined],
    ["http://127.0.0.2/", undefined],
    ["http://[::1]:5000/", undefined],
  ])("%s goes through %p", (url, expected) => {
    expect(proxyFor(new URL(url), settings)).toBe(expected);
  });
  test("no proxy, and all hosts exempt", () => {
    expect(proxyFor(new URL("https://a.example"), { http: "", https: "", no: "" })).toBeUndefined();
    expect(proxyFor(new URL("https://a.example"), { ...settings, no: "*" })).toBeUndefined();
  });
});

describe("endpoints", () => {
  const none: RegistrySettings = {
    insecureRegistries: [],
    registryMirrors: [],
    registries: {},
    proxies: { http: "", https: "", no: "" },
  };
  const shown = async (domain: string, settings: Partial<RegistrySettings>) =>
    (await endpointsOf(domain, { ...none, ...settings })).map(
      ({ base, isMirror, verifies }) => `${isMirror ? "mirror " : ""}${base}${verifies ? "" : " unverified"}`,
    );
  test.each<[string, Partial<RegistrySettings>, string[]]>([
    ["docker.io", {}, ["https://registry-1.docker.io/"]],
    ["registry.example", {}, ["https://registry.example/"]],
    ["localhost:5000", {}, ["https://localhost:5000/ unverified", "http://localhost:5000/ unverified"]],
    [
      "docker.io",
      { registryMirrors: ["http://127.0.0.1:5000/"] },
      ["mirror http://127.0.0.1:5000/ unverified", "https://registry-1.docker.io/"],
    ],
    ["registry.example", { registryMirrors: ["http://m.example"] }, ["https://registry.example/"]],
    [
      "registry.example",
      {
        registries: {
          "registry.example": { mirrors: [{ url: "https://m.example/path" }, { url: "http://n.example" }] },
        },
      },
      ["mirror https://m.example/path/", "mirror http://n.example/", "https://registry.example/"],
    ],
    [
      "registry.example",
      { registries: { "registry.example": { mirrors: [{ url: "https://m.example" }], fallback: false } } },
      ["mirror https://m.example/"],
    ],
    [
      "registry.example",
      { registries: { "registry.example": { mirrors: [], insecure: true } } },
      ["https://registry.example/ unverified", "http://registry.example/ unverified"],
    ],
  ])("%s %p", async (domain, settings, expected) => {
    expect(await shown(domain, settings)).toEqual(expected);
  });
});

test.each([
  ["", "docker.io"],
  ["https://index.docker.io/v1/", "docker.io"],
  ["registry-1.docker.io", "docker.io"],
  ["host:5000", "host:5000"],
  ["https://host.example/v2/", "host.example"],
])("a login to %p is for %s", (address, domain) => {
  expect(loginDomain(address)).toBe(domain);
});
