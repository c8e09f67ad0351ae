// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of Compose files are what is tested.
// What a file is refused with: the words are Compose's, the place in front of them says where.
import { describe, expect, test } from "bun:test";
import { refusal } from "./project.ts";

const web = (attributes: string): string => `services:\n  web:\n    image: x\n    ${attributes}\n`;

describe("the schema", () => {
  test.each([
    ["ports: '80'", "4:5: services.web.ports must be a array"],
    ["ports: [true]", "4:13: services.web.ports.0 must be a number"],
    ["ports: [{target: [1]}]", "4:14: services.web.ports.0.target must be a integer or string"],
    ["ports: [{foo: 1}]", "4:13: services.web.ports.0 additional properties 'foo' not allowed"],
    ["foo: 1", "2:3: services.web additional properties 'foo' not allowed"],
    ["foo: 1\n    bar: 2", "2:3: services.web additional properties 'foo', 'bar' not allowed"],
    ["user: 1", "4:5: services.web.user must be a string"],
    ["build: 1", "4:5: services.web.build must be a string"],
    ["build: {contxt: .}", "4:5: services.web.build additional properties 'contxt' not allowed"],
    ["environment: {A: [1]}", "4:19: services.web.environment.A must be a boolean, null, number or string"],
    ["environment: 1", "4:5: services.web.environment must be a mapping"],
    ["cap_add: [A, A]", undefined],
    ["cpu_percent: 101", "4:5: services.web.cpu_percent must be less than or equal to 100"],
    ["cpu_count: -1", "4:5: services.web.cpu_count must be greater than or equal to 0"],
    ["cgroup: other", "4:5: services.web.cgroup value must be one of 'host', 'private'"],
    ["volumes: [{source: a, target: /a}]", "4:15: services.web.volumes.0 missing property 'type'"],
    [
      "volumes: [{type: x, target: /a}]",
      "4:16: services.web.volumes.0.type value must be one of 'bind', 'volume', 'tmpfs', 'cluster', 'npipe', 'image'",
    ],
    [
      "depends_on: {db: {condition: maybe}}",
      "4:23: services.web.depends_on.db.condition value must be one of 'service_started', 'service_healthy', 'service_completed_successfully'",
    ],
    [
      "pull_policy: sometimes",
      "4:5: services.web.pull_policy 'sometimes' does not match pattern 'always|never|build|if_not_present|missing|refresh|daily|weekly|every_([0-9]+[wdhms])+'",
    ],
    ["develop: {watch: [{path: .}]}", "4:23: services.web.develop.watch.0 missing property 'action'"],
    ["ulimits: {nofile: {soft: 1}}", "4:15: services.web.ulimits.nofile missing property 'hard'"],
  ])("%j", async (attributes, wanted) => {
    const message = await refusal(web(attributes));
    expect(message).toBe(wanted === undefined ? "" : `validating /project/compose.yaml:${wanted}`);
  });

  test.each([
    ["services: {web: {image: x}}\nfoo: 1", "1:1: additional properties 'foo' not allowed"],
    ["services: {'a b': {image: x}}", "1:1: services additional properties 'a b' not allowed"],
    ["name: 1\nservices: {}", "1:1: name must be a string"],
    ["networks: [a]\nservices: {web: {image: x}}", "1:1: networks must be a mapping"],
  ])("%j", async (text, wanted) => {
    expect(await refusal(text)).toBe(`validating /project/compose.yaml:${wanted}`);
  });
});

describe("consistency", () => {
  test.each([
    [
      "services:\n  web: {}",
      '2:3: service "web" has neither an image nor a build context specified: invalid compose project',
    ],
    [web("depends_on: [db]"), '4:5: service "web" depends on undefined service "db": invalid compose project'],
    [web("networks: [n]"), '4:5: service "web" refers to undefined network n: invalid compose project'],
    [web("volumes: ['data:/x']"), '4:15: service "web" refers to undefined volume data: invalid compose project'],
    [web("secrets: [s]"), '4:15: service "web" refers to undefined secret s: invalid compose project'],
    [web("configs: [c]"), '4:15: service "web" refers to undefined config c: invalid compose project'],
    [
      web("network_mode: host\n    networks: [n]"),
      "4:5: service web declares mutually exclusive `network_mode` and `networks`: invalid compose project",
    ],
    [web("healthcheck: {test: [curl]}"), '4:19: healthcheck.test must start either by "CMD", "CMD-SHELL" or "NONE"'],
    [
      web("scale: 2\n    container_name: one"),
      "5:5: services.scale: can't set container_name and web as container name must be unique: invalid compose project",
    ],
    [
      web("scale: 1\n    deploy: {replicas: 2}"),
      "4:5: services.web: can't set distinct values on 'scale' and 'deploy.replicas': invalid compose project",
    ],
    [
      web("mem_limit: 1m\n    deploy: {resources: {limits: {memory: 2m}}}"),
      "4:5: services.web: can't set distinct values on 'mem_limit' and 'deploy.resources.limits.memory': invalid compose project",
    ],
    [web("volumes: ['/a', './b:/a/']"), undefined],
    [
      web("tmpfs: [/a]\n    volumes: ['/a']"),
      "5:15: services.web.volumes[0]: target /a already mounted as services.web.tmpfs[0]",
    ],
    [
      web("gpus: [{count: 1, device_ids: [a]}]"),
      '4:12: services.web.gpus.[]: "count" and "device_ids" attributes are exclusive',
    ],
    [web("ports: [{target: 80, host_ip: nowhere}]"), "4:13: services.web.ports.[]: invalid ip address: nowhere"],
    [
      `${web("")}volumes: {v: {external: true, driver: d}}`,
      '5:11: volumes.v: conflicting parameters "external" and "driver" specified',
    ],
    [`${web("")}secrets: {s: {}}`, "5:11: secrets.s: one of file|environment must be set"],
    [
      `${web("")}configs: {c: {file: f, content: c}}`,
      "5:11: configs.c: file|environment|content attributes are mutually exclusive",
    ],
    [
      "services: {a: {image: x, depends_on: [b]}, b: {image: x, depends_on: [c]}, c: {image: x, depends_on: [a]}}",
      "1:90: dependency cycle detected: a -> b -> c -> a",
    ],
    ["services: {a: {image: x, depends_on: [a]}}", "1:26: dependency cycle detected: a -> a"],
  ])("%j", async (text, wanted) => {
    expect(await refusal(text)).toBe(wanted === undefined ? "" : `/project/compose.yaml:${wanted}`);
  });
});

describe("values", () => {
  test.each([
    ["ports: ['80:x']", "4:13: invalid containerPort: x: "],
    ["ports: ['a.b:80:80']", "4:13: invalid IP address: a.b"],
    ["ports: ['80/icmp']", "4:13: invalid protocol: icmp"],
    ["ports: ['1-3:1-2']", '4:13: invalid port specification "1-3:1-2": invalid ranges'],
    ["volumes: ['data::b']", "4:15: invalid spec: data::b: empty section between colons"],
    ["volumes: ['data:/b:ro:x']", "4:15: invalid spec: data:/b:ro:x: too many colons"],
    ["devices: ['a:b:c:d']", "4:15: confusing device mapping, please use long syntax: a:b:c:d"],
    ["mem_limit: lots", "4:5: services.web.mem_limit: invalid size: 'lots'"],
    ["stop_grace_period: soon", '4:5: services.web.stop_grace_period: time: invalid duration "soon"'],
    ["extra_hosts: [a]", "4:5: invalid additional host, missing IP: a"],
    ["command: 'open", ""],
    [
      "init: maybe",
      "4:5: error while interpolating services.web.init: failed to cast to expected type: invalid boolean: maybe",
    ],
    [
      "user: '${'",
      "4:5: invalid interpolation format for services.web.user.\nYou may need to escape any $ with another $.\n${",
    ],
    [
      "user: '${U:?say who}'",
      "4:5: error while interpolating services.web.user: required variable U is missing a value: say who",
    ],
  ])("%j", async (attributes, wanted) => {
    expect(await refusal(web(attributes))).toStartWith(
      wanted === "" ? "failed to parse" : `/project/compose.yaml:${wanted}`,
    );
  });
});

describe("malicious files are rejected with a message", () => {
  const parse = (where: string) => `failed to parse /project/compose.yaml${where}`;

  test.each([
    ["an alias bomb", bomb(), parse(": compose file exceeds maximum node visit limit (100000)")],
    [
      "deep nesting",
      `a: ${"[".repeat(500)}${"]".repeat(500)}`,
      parse(":1:203: compose file is nested deeper than 200 levels"),
    ],
    ["nesting without end", "[".repeat(200_000), parse(":1:200: compose file is nested deeper than 200 levels")],
    ["lists in lists", "- ".repeat(200_000), parse(":1:401: compose file is nested deeper than 200 levels")],
    ["an alias to itself", "x-a: &a [*a]", parse(": cycle detected: node at path x-a")],
    ["NUL", "services:\n  a\0: {}", parse(":2:4: control characters are not allowed")],
    ["ten megabytes", `#${"x".repeat(10_000_000)}`, parse(": file is larger than 4194304 bytes")],
    [
      "a key twice",
      "services:\n  a: {image: x}\n  a: {image: y}",
      parse(':3:3: mapping key "a" already defined at line 2'),
    ],
    ["a key that is no text", "services: {1: {image: x}}", parse(":1:12: non-string key in services: 1")],
    ["an unknown anchor", "services: *a", parse(":1:11: ")],
    ["no mapping", "- a", "/project/compose.yaml: top-level object must be a mapping"],
    ["nothing", "# nothing\n", "empty compose file"],
    ["__proto__", "services: {__proto__: {image: x}, web: {image: y}}", ""],
    ["a tab", "services:\n\tweb: {}", parse(":2:1: ")],
  ])("%s", async (_name, text, wanted) => {
    const message = await refusal(text);
    if (wanted === "") expect(message).toBe("");
    else expect(message).toStartWith(wanted);
  });

  function bomb(): string {
    const lines = ["x-0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 10; level++) {
      lines.push(
        `x-${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(", ")}]`,
      );
    }
    return `${lines.join("\n")}\nservices: {web: {image: x}}\n`;
  }
});
