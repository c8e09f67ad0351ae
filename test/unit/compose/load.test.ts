// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of Compose files are what is tested.
import { describe, expect, test } from "bun:test";
import { printProject } from "../../../src/compose/model/print.ts";
import { open, refusal } from "./project.ts";

async function service(text: string, name = "web", environment: Record<string, string> = {}): Promise<unknown> {
  const project = await open(text, { environment }).opener.project();
  return JSON.parse(printProject(project, "json")).services[name];
}

const web = (attributes: string): string =>
  `services:\n  web:\n    image: x\n    ${attributes.replaceAll("\n", "\n    ")}\n`;

const base = { command: null, entrypoint: null, image: "x", networks: { default: null } };

describe("attributes in their long form", () => {
  test.each([
    ["command: echo 'a b' c\\ d", { command: ["echo", "a b", "c d"] }],
    ["command: []", { command: [] }],
    ["entrypoint: ''", { entrypoint: [] }],
    ["environment: [A=1, B=]", { environment: { A: "1", B: "" } }],
    ["environment: {A: 1, B: true, C: 1.5}", { environment: { A: "1", B: "true", C: "1.5" } }],
    ["labels: {a: 1, b: }", { labels: { a: "1", b: "" } }],
    ["mem_limit: 64m", { mem_limit: "67108864" }],
    ["mem_limit: 1.5gb", { mem_limit: "1610612736" }],
    ["memswap_limit: -1", { memswap_limit: "-1" }],
    ["shm_size: 1024", { shm_size: "1024" }],
    ["stop_grace_period: 90s", { stop_grace_period: "1m30s" }],
    ["stop_grace_period: 1h0.5s", { stop_grace_period: "1h0m0.5s" }],
    ["cpus: '0.5'", { cpus: 0.5 }],
    ["init: 'yes'", { init: true }],
    ["privileged: 'false'", {}],
    ["scale: '2'", { scale: 2 }],
    ["scale: 0", { scale: 0 }],
    ["dns: 1.1.1.1", { dns: ["1.1.1.1"] }],
    ["tmpfs: /run", { tmpfs: ["/run"] }],
    ["ulimits: {nofile: '10', nproc: {soft: 1, hard: 2}}", { ulimits: { nofile: 10, nproc: { soft: 1, hard: 2 } } }],
    ["extra_hosts: ['a:1.2.3.4', 'b=::1', 'c:[::2]']", { extra_hosts: ["a=1.2.3.4", "b=::1", "c=::2"] }],
    ["extra_hosts: {a: [1.1.1.1, 2.2.2.2]}", { extra_hosts: ["a=1.1.1.1", "a=2.2.2.2"] }],
    ["group_add: [100, staff]", { group_add: ["100", "staff"] }],
    ["healthcheck: {test: [NONE]}", { healthcheck: { test: ["NONE"] } }],
    [
      "healthcheck: {test: curl, interval: 1m, retries: '3', start_interval: 5s}",
      { healthcheck: { test: ["CMD-SHELL", "curl"], interval: "1m0s", retries: 3, start_interval: "5s" } },
    ],
    [
      "devices: ['/dev/a:/dev/b:r', /dev/c]",
      {
        devices: [
          { source: "/dev/a", target: "/dev/b", permissions: "r" },
          { source: "/dev/c", target: "/dev/c", permissions: "rwm" },
        ],
      },
    ],
    ["gpus: all", { gpus: [{ count: -1 }] }],
    ["blkio_config: {weight: 300}", { blkio_config: { weight: 300 } }],
    ["storage_opt: {size: 1G}", { storage_opt: { size: "1G" } }],
    ["credential_spec: {file: a.json}", { credential_spec: { file: "a.json" } }],
    [
      "logging: {driver: json-file, options: {max-size: 10, x: }}",
      {
        logging: { driver: "json-file", options: { "max-size": "10", x: "" } },
      },
    ],
    ["x-other: ignored", {}],
  ])("%s", async (attributes, wanted) => {
    expect(await service(web(attributes))).toEqual({ ...base, ...wanted });
  });

  test.each([
    ["'80'", [{ mode: "ingress", target: 80, protocol: "tcp" }]],
    ["80", [{ mode: "ingress", target: 80, protocol: "tcp" }]],
    ["'8080:80/udp'", [{ mode: "ingress", target: 80, published: "8080", protocol: "udp" }]],
    [
      "'127.0.0.1:8080:80'",
      [{ mode: "ingress", host_ip: "127.0.0.1", target: 80, published: "8080", protocol: "tcp" }],
    ],
    ["'127.0.0.1::80'", [{ mode: "ingress", host_ip: "127.0.0.1", target: 80, protocol: "tcp" }]],
    ["'[::1]:8080:80'", [{ mode: "ingress", host_ip: "::1", target: 80, published: "8080", protocol: "tcp" }]],
    [
      "'8080-8081:80-81'",
      [
        { mode: "ingress", target: 80, published: "8080", protocol: "tcp" },
        { mode: "ingress", target: 81, published: "8081", protocol: "tcp" },
      ],
    ],
    ["'8080-8090:80'", [{ mode: "ingress", target: 80, published: "8080-8090", protocol: "tcp" }]],
    [
      "{target: 80, published: 8080, name: http, app_protocol: http, mode: host}",
      [{ name: "http", mode: "host", target: 80, published: "8080", protocol: "tcp", app_protocol: "http" }],
    ],
  ])("port %s", async (port, wanted) => {
    expect(await service(web(`ports: [${port}]`))).toEqual({ ...base, ports: wanted });
  });

  test.each([
    ["./a:/b", { type: "bind", source: "/project/a", target: "/b", bind: {} }],
    ["/a:/b:ro,z", { type: "bind", source: "/a", target: "/b", read_only: true, bind: { selinux: "z" } }],
    ["/a:/b:rslave", { type: "bind", source: "/a", target: "/b", bind: { propagation: "rslave" } }],
    ["data:/b/", { type: "volume", source: "data", target: "/b", volume: {} }],
    ["data:/b:nocopy", { type: "volume", source: "data", target: "/b", volume: { nocopy: true } }],
    ["/b", { type: "volume", target: "/b", volume: {} }],
    [
      "{type: tmpfs, target: /t, tmpfs: {size: 1m, mode: 0o700}}",
      {
        type: "tmpfs",
        target: "/t",
        tmpfs: { size: "1048576", mode: 448 },
      },
    ],
    [
      "{type: bind, source: ., target: /t, bind: {create_host_path: false}}",
      {
        type: "bind",
        source: "/project",
        target: "/t",
        bind: { create_host_path: false },
      },
    ],
    [
      "{type: image, source: i, target: /t, image: {subpath: s}}",
      {
        type: "image",
        source: "i",
        target: "/t",
        image: { subpath: "s" },
      },
    ],
  ])("volume %s", async (volume, wanted) => {
    expect(
      await service(`${web(`volumes: [${volume.startsWith("{") ? volume : `'${volume}'`}]`)}volumes: {data: }\n`),
    ).toEqual({
      ...base,
      volumes: [wanted],
    });
  });

  test("file modes are octal, written as numbers of YAML 1.1 or 1.2 or as text", async () => {
    const modes = ["0440", "0o440", "'0440'", "'440'"];
    const secrets = modes.map((mode, index) => `{source: s, target: t${index}, mode: ${mode}}`);
    const { secrets: read } = Object(
      await service(`${web(`secrets: [${secrets.join(", ")}]`)}secrets: {s: {file: f}}\n`),
    );
    expect(read.map(({ mode }: { mode: string }) => mode)).toEqual(["0440", "0440", "0440", "0440"]);
  });

  test("build in its short form, with arguments from the environment", async () => {
    expect(await service("services: {web: {build: ./app}}")).toEqual({
      command: null,
      entrypoint: null,
      networks: { default: null },
      build: { context: "/project/app", dockerfile: "Dockerfile" },
    });
    const text = "services: {web: {build: {context: ., args: [A, B, C=1]}}}";
    expect(await service(text, "web", { A: "from env" })).toMatchObject({ build: { args: { A: "from env", C: "1" } } });
  });
});

describe("files", () => {
  test("anchors, merge keys and extensions", async () => {
    const text = `
x-common: &common
  image: x
  environment: &env {A: 1}
services:
  web:
    <<: *common
    command: [a]
  worker:
    <<: [*common, {image: ignored, user: me}]
    environment:
      <<: *env
      B: 2
`;
    expect(await service(text)).toMatchObject({ image: "x", command: ["a"], environment: { A: "1" } });
    expect(await service(text, "worker")).toMatchObject({ image: "x", user: "me", environment: { A: "1", B: "2" } });
  });

  test("several, an override and several documents in one", async () => {
    const files = {
      "/project/compose.yaml": "services: {web: {image: a, ports: ['80:80']}}\n---\nservices: {web: {user: me}}\n",
      "/project/compose.override.yaml": "services: {web: {image: b}}\n",
    };
    const project = await open(files).opener.project();
    expect(project.services.get("web")).toMatchObject({ image: "b", user: "me", ports: [{ target: 80 }] });
    expect(project.files).toEqual(["/project/compose.yaml", "/project/compose.override.yaml"]);
  });

  test("found in a directory above", async () => {
    const files = { "/project/docker-compose.yml": "services: {web: {image: a}}" };
    const { opener } = open(files, { currentDirectory: "/project/deep/down" });
    const { directory, name } = await opener.project();
    expect({ directory, name }).toEqual({ directory: "/project", name: "project" });
  });

  test("!reset and !override", async () => {
    const files = {
      "/project/compose.yaml": web("ports: ['80:80']\nenvironment: {A: 1, B: 2}\ncommand: [x]\nvolumes: ['/a']"),
      "/project/compose.override.yaml": `services:
  web:
    ports: !override ['90:90']
    command: !reset null
    volumes: !reset []
    environment: {A: !reset null, C: 3}
`,
    };
    const { services } = await open(files).opener.project();
    expect(services.get("web")).toMatchObject({
      command: null,
      ports: [{ target: 90 }],
      environment: { B: "2", C: "3" },
    });
    expect(services.get("web")?.volumes).toBeUndefined();
  });

  test("warns of an obsolete version and drops it", async () => {
    const { opener, warnings } = open(`version: '3.8'\n${web("")}`);
    await opener.project();
    expect(warnings).toEqual([
      "/project/compose.yaml: the attribute `version` is obsolete, it will be ignored, please remove it to avoid potential confusion",
    ]);
  });

  test("the project's name", async () => {
    const name = async (text: string, options = {}) => (await open(text, options).opener.project()).name;
    expect(await name(web(""))).toBe("project");
    expect(await name(`name: my-app\n${web("")}`)).toBe("my-app");
    expect(await name(`name: app-$V\n${web("")}`, { environment: { V: "1" } })).toBe("app-1");
    expect(await name(`name: my-app\n${web("")}`, { environment: { COMPOSE_PROJECT_NAME: "env" } })).toBe("env");
    expect(await name(`name: my-app\n${web("")}`, { projectName: "flag" })).toBe("flag");
    expect(await refusal(web(""), { projectName: "Not_valid" })).toStartWith('invalid project name "Not_valid": must');
  });

  test("the environment takes precedence over .env; missing variables cause a warning", async () => {
    const files = { "/project/compose.yaml": web("user: $A-$B-$C-$C"), "/project/.env": "A=file\nB=file\n" };
    const { opener, warnings } = open(files, { environment: { A: "env" } });
    expect((await opener.project()).services.get("web")?.user).toBe("env-file--");
    expect(warnings).toEqual(['The "C" variable is not set. Defaulting to a blank string.']);
  });

  test("env_file: order, format, optional ones; `environment` wins", async () => {
    const files = {
      "/project/compose.yaml": web(
        "env_file: [a.env, {path: b.env, format: raw}, {path: none.env, required: false}]\nenvironment: {C: own}",
      ),
      "/project/a.env": "A=1\nB=1\nC=1\nD=${C}\n",
      "/project/b.env": "B='2'\n",
    };
    const { services } = await open(files).opener.project();
    expect(services.get("web")?.environment).toEqual({ A: "1", B: "'2'", C: "own", D: "own" });
  });

  test("label_file", async () => {
    const files = {
      "/project/compose.yaml": web("label_file: l\nlabels: {b: own}"),
      "/project/l": "a=1\nb=2\n",
    };
    expect((await open(files).opener.project()).services.get("web")?.labels).toEqual({ a: "1", b: "own" });
  });

  test("normalization", async () => {
    const text = `services:
  a: {image: x, links: ['b:alias'], network_mode: 'service:c'}
  b: {image: x, volumes_from: [c], networks: [n]}
  c: {image: x}
networks: {n: , e: {external: true}}
volumes: {v: {name: own}}
`;
    const project = await open(text).opener.project();
    expect(project.services.get("a")?.depends_on).toEqual({
      b: { condition: "service_started", restart: true, required: true },
      c: { condition: "service_started", restart: true, required: true },
    });
    expect(project.services.get("b")?.depends_on).toEqual({ c: { condition: "service_started", required: true } });
    expect([...project.networks].map(([key, { name }]) => [key, name])).toEqual([
      ["default", "project_default"],
      ["e", "e"],
      ["n", "project_n"],
    ]);
    expect(project.volumes.get("v")?.name).toBe("own");
  });
});

describe("profiles and selection", () => {
  const text = `services:
  a: {image: x}
  b: {image: x, profiles: [p], depends_on: [a]}
  c: {image: x, profiles: [q]}
`;
  const names = async (options = {}) => [...(await open(text, options).opener.project()).services.keys()];

  test("only active ones", async () => {
    expect(await names()).toEqual(["a"]);
    expect(await names({ profiles: ["p"] })).toEqual(["a", "b"]);
    expect(await names({ profiles: ["*"] })).toEqual(["a", "b", "c"]);
    expect(await names({ environment: { COMPOSE_PROFILES: "p, q" } })).toEqual(["a", "b", "c"]);
  });

  test("a named service is active, with its dependencies", async () => {
    expect(await names({ services: ["b"] })).toEqual(["a", "b"]);
    expect(await names({ services: ["c"] })).toEqual(["c"]);
    expect(await refusal(text, { services: ["none"] })).toBe("no such service: none");
  });

  test("drops unused resources unless requested", async () => {
    const project = await open(`${web("volumes: ['used:/x']")}volumes: {used: , unused: }\nnetworks: {other: }\n`, {
      keepsUnused: false,
    }).opener.project();
    expect([[...project.volumes.keys()], [...project.networks.keys()]]).toEqual([["used"], ["default"]]);
  });
});

describe("extends", () => {
  test("of the same file, over several links", async () => {
    const text = `services:
  base: {image: x, environment: {A: 1}, ports: ['80:80']}
  middle: {extends: base, environment: {B: 2}}
  web: {extends: {service: middle}, environment: {A: 3}}
`;
    expect(await service(text)).toMatchObject({ image: "x", environment: { A: "3", B: "2" }, ports: [{ target: 80 }] });
  });

  test("of another file, with paths of that file", async () => {
    const files = {
      "/project/compose.yaml": "services: {web: {extends: {file: common/base.yaml, service: base}, user: me}}",
      "/project/common/base.yaml": `services:
  base: {extends: {file: ../other/root.yaml, service: root}, volumes: ['./data:/data'], env_file: base.env}
`,
      "/project/common/base.env": "A=1\n",
      "/project/other/root.yaml": "services: {root: {build: ./app}}",
    };
    expect((await open(files).opener.project()).services.get("web")).toMatchObject({
      user: "me",
      build: { context: "/project/other/app" },
      environment: { A: "1" },
      volumes: [{ source: "/project/common/data" }],
    });
  });

  test("invalid extends", async () => {
    expect(await refusal("services: {a: {extends: b}, b: {extends: a}}")).toBe(
      "Circular reference:\n  a in /project/compose.yaml\n  extends b in /project/compose.yaml\n  extends a in /project/compose.yaml",
    );
    expect(await refusal("services:\n  a:\n    extends: none\n")).toBe(
      '/project/compose.yaml:3:5: cannot extend service "a" in /project/compose.yaml: service "none" not found',
    );
  });
});

describe("include", () => {
  test("with its own directory and variables; the project takes precedence", async () => {
    const files = {
      "/project/compose.yaml": "include: [sub/compose.yaml]\nservices: {web: {image: x}, db: {user: me}}\n",
      "/project/.env": "TAG=outer\n",
      "/project/sub/compose.yaml": "services: {db: {image: 'db:$TAG-$INNER', volumes: ['./d:/d']}}\nvolumes: {v: }\n",
      "/project/sub/.env": "TAG=inner\nINNER=i\n",
    };
    const project = await open(files).opener.project();
    expect(project.services.get("db")).toMatchObject({
      image: "db:outer-i",
      user: "me",
      volumes: [{ source: "/project/sub/d" }],
    });
    expect(project.volumes.get("v")?.name).toBe("project_v");
  });

  test("the long form: several files, directory, env_file", async () => {
    const files = {
      "/project/compose.yaml": `include:
  - path: [a/one.yaml, a/two.yaml]
    project_directory: other
    env_file: vars.env
services: {web: {image: x}}
`,
      "/project/a/one.yaml": "services: {db: {image: one, volumes: ['./d:/d']}}",
      "/project/a/two.yaml": "services: {db: {image: 'two-$V'}}",
      "/project/vars.env": "V=1\n",
    };
    expect((await open(files).opener.project()).services.get("db")).toMatchObject({
      image: "two-1",
      volumes: [{ source: "/project/other/d" }],
    });
  });

  test.each([
    ["none.env", "stat /project/none.env: no such file or directory"],
    ["/none.env", "couldn't find env file: /none.env"],
    ["sub", "/project/sub is not a file"],
    ["/project/sub", "/project/sub is a directory"],
  ])("env_file %s", async (path, message) => {
    const files = {
      "/project/compose.yaml": `include: [{path: sub/b.yaml, env_file: ${path}}]\nservices: {web: {image: x}}`,
      "/project/sub/b.yaml": "services: {b: {image: x}}",
    };
    expect(await refusal(files)).toBe(message);
  });

  test("a circle", async () => {
    const files = {
      "/project/compose.yaml": "include: [b.yaml]\nservices: {web: {image: x}}",
      "/project/b.yaml": "include: [compose.yaml]",
    };
    expect(await refusal(files)).toBe(
      "include cycle detected:\n/project/compose.yaml\n include /project/b.yaml\n include /project/compose.yaml",
    );
  });
});
