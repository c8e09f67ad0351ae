// The rule of merging for each attribute: the second file laid over the first.
import { describe, expect, test } from "bun:test";
import { merge } from "../../../src/compose/model/merge.ts";
import { withUniqueEntries } from "../../../src/compose/model/unique.ts";
import { isMapping, type Mapping, mapping, sortedKeys } from "../../../src/compose/model/value.ts";
import { parseYaml } from "../../../src/compose/model/yaml.ts";

function model(attributes: string): Mapping {
  const indented = attributes.replaceAll("\n", "\n    ");
  const value = parseYaml(`services:\n  test:\n    ${indented}`, "test")[0]?.value;
  return isMapping(value) ? value : mapping();
}

const merged = (base: string, over: string): unknown => sortedKeys(withUniqueEntries(merge(model(base), model(over))));

const plain = (attributes: string): unknown => sortedKeys(model(attributes));

describe("over another file", () => {
  test.each([
    ["image: a", "image: b", "image: b"],
    ["image: a", "image:", "image: a"],
    ["command: a b", "command: [c]", "command: [c]"],
    ["command: [a]", "command: []", "command: []"],
    ["entrypoint: [a]", "entrypoint: b", "entrypoint: b"],
    ["environment: {A: 1, B: 2}", "environment: [B=3, C]", "environment: [A=1, B=3, C]"],
    ["environment: [A=1]", "environment: {A: 2, E: , N: ''}", "environment: [A=2, E, N=]"],
    ["labels: [a=1]", "labels: {a: 2, b: 3}", "labels: [a=2, b=3]"],
    ["annotations: {A: 1}", "annotations: {A: 3}", "annotations: [A=3]"],
    ["sysctls: {a.b: 1}", "sysctls: [a.b=2]", "sysctls: [a.b=2]"],
    ["build: .", "build: {args: {A: 1}}", "build: {context: ., args: {A: 1}}"],
    ["build: {args: [A=1]}", "build: {args: {A: 2}, target: t}", "build: {args: [A=2], target: t}"],
    ["build: {tags: [a]}", "build: {tags: [a, b]}", "build: {tags: [a, b]}"],
    ["build: {labels: {a: 1}}", "build: {labels: [b=2]}", "build: {labels: [a=1, b=2]}"],
    ["depends_on: [a]", "depends_on: [b]", dependencies("a", "b")],
    [
      "depends_on: {a: {condition: service_healthy}}",
      "depends_on: {a: {restart: true}}",
      "depends_on: {a: {condition: service_healthy, restart: true}}",
    ],
    ["networks: [a]", "networks: {b: {aliases: [x]}}", "networks: {a: , b: {aliases: [x]}}"],
    ["networks: {a: {aliases: [x]}}", "networks: {a: {aliases: [y, x]}}", "networks: {a: {aliases: [x, y]}}"],
    ["ports: ['80:80']", "ports: ['80:80', '81:81']", "ports: ['80:80', '81:81']"],
    ["volumes: ['./a:/x']", "volumes: ['./b:/x:ro', './c:/y']", "volumes: ['./b:/x:ro', './c:/y']"],
    ["volumes: [{type: bind, source: ., target: /x}]", "volumes: ['vol:/x']", "volumes: ['vol:/x']"],
    ["tmpfs: /run", "tmpfs: [/tmp]", "tmpfs: [/run, /tmp]"],
    ["dns: 1.1.1.1", "dns: [1.1.1.1, 8.8.8.8]", "dns: [1.1.1.1, 8.8.8.8]"],
    ["dns_search: a", "dns_search: b", "dns_search: [a, b]"],
    ["env_file: a", "env_file: [b, a]", "env_file: [a, b]"],
    ["expose: ['80']", "expose: ['80', '90']", "expose: ['80', '90']"],
    ["cap_add: [A]", "cap_add: [A, B]", "cap_add: [A, B]"],
    ["profiles: [a]", "profiles: [b]", "profiles: [a, b]"],
    [
      "secrets: [a]",
      "secrets: [{source: b, target: /run/secrets/a}]",
      "secrets: [{source: b, target: /run/secrets/a}]",
    ],
    ["devices: ['/dev/a:/dev/x']", "devices: ['/dev/b:/dev/x']", "devices: ['/dev/b:/dev/x']"],
    ["extra_hosts: [a=1]", "extra_hosts: [a=1, a=2]", "extra_hosts: [a=1, a=2]"],
    ["extra_hosts: {a: 1}", "extra_hosts: {b: [2, 3]}", "extra_hosts: [a=1, b=2, b=3]"],
    ["healthcheck: {test: [A], retries: 1}", "healthcheck: {test: b}", "healthcheck: {test: b, retries: 1}"],
    [
      "logging: {driver: a, options: {x: 1}}",
      "logging: {options: {y: 2}}",
      "logging: {driver: a, options: {x: 1, y: 2}}",
    ],
    ["logging: {driver: a, options: {x: 1}}", "logging: {driver: b}", "logging: {driver: b}"],
    ["ulimits: {nofile: {soft: 1, hard: 2}}", "ulimits: {nofile: 3, nproc: 4}", "ulimits: {nofile: 3, nproc: 4}"],
    ["deploy: {replicas: 1, labels: [a=1]}", "deploy: {labels: {a: 2}}", "deploy: {replicas: 1, labels: [a=2]}"],
    ["links: [a]", "links: [b, a]", "links: [a, b]"],
  ])("%s / %s", (base, over, wanted) => {
    expect(merged(base, over)).toEqual(plain(wanted));
  });

  test.each([
    ["healthcheck: {retries: 1}", "healthcheck: [a]", "cannot override services.test.healthcheck"],
    ["security_opt: [a]", "security_opt: a", "cannot override services.test.security_opt"],
  ])("%s / %s is refused", (base, over, message) => {
    expect(() => merged(base, over)).toThrow(message);
  });

  test("merges pools of a network by subnet", () => {
    const network = (pools: string): Mapping => {
      const value = parseYaml(`networks: {n: {ipam: {config: ${pools}}}}`, "test")[0]?.value;
      return isMapping(value) ? value : mapping();
    };
    const base = network("[{subnet: 10.0.0.0/8, gateway: 10.0.0.1}, {subnet: 172.16.0.0/16}]");
    const over = network("[{subnet: 10.0.0.0/8, ip_range: 10.1.0.0/16}, {subnet: 192.168.0.0/24}]");
    expect(sortedKeys(merge(base, over))).toEqual(
      sortedKeys(
        network(
          "[{subnet: 10.0.0.0/8, gateway: 10.0.0.1, ip_range: 10.1.0.0/16}, {subnet: 172.16.0.0/16}, {subnet: 192.168.0.0/24}]",
        ),
      ),
    );
  });
});

function dependencies(...names: string[]): string {
  const entries = names.map((name) => `${name}: {condition: service_started, required: true}`);
  return `depends_on: {${entries.join(", ")}}`;
}
