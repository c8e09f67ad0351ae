// Every Dockerfile instruction and its effect on the image.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { build, historyOf, inImage, mustBuild } from "../../support/build.ts";
import { startDaemon, type TestDaemon } from "../../support/daemon.ts";

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await startDaemon();
  await daemon.importBusybox();
});
afterAll(() => daemon?.dispose());

const dockerfile = (text: string): { Dockerfile: string } => ({ Dockerfile: text });

test("instructions that change the configuration", async () => {
  const id = await mustBuild(
    daemon,
    dockerfile(`
FROM busybox
MAINTAINER somebody
ARG N=name
ENV A=1 B="two words" C=\${N}-\${A}
LABEL k="v w" "l m"=n
EXPOSE 80 53/udp 7000-7001
VOLUME /data
VOLUME ["/more"]
USER 1000:1000
WORKDIR /work
WORKDIR below
STOPSIGNAL SIGINT
HEALTHCHECK --interval=5s --retries=2 CMD true
SHELL ["/bin/sh", "-ec"]
ONBUILD RUN echo later
CMD echo "$A"
ENTRYPOINT ["/bin/echo"]
`),
    { query: { t: ["one:1", "two"] } },
  );
  expect(await daemon.call("GET", "/images/one:1/json")).toMatchObject({
    Id: id,
    Author: "somebody",
    RepoTags: ["one:1", "two:latest"],
    Config: {
      Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "A=1", "B=two words", "C=name-"],
      Labels: { k: "v w", "l m": "n" },
      ExposedPorts: { "80/tcp": {}, "53/udp": {}, "7000/tcp": {}, "7001/tcp": {} },
      Volumes: { "/data": {}, "/more": {} },
      User: "1000:1000",
      WorkingDir: "/work/below",
      StopSignal: "SIGINT",
      Healthcheck: { Interval: 5e9, Retries: 2, Test: ["CMD-SHELL", "true"] },
      Shell: ["/bin/sh", "-ec"],
      OnBuild: ["RUN echo later"],
      Cmd: ["/bin/sh", "-ec", 'echo "$A"'],
      Entrypoint: ["/bin/echo"],
    },
  });
});

test("the history lists every step as Docker's does, and each is an image", async () => {
  const id = await mustBuild(daemon, {
    Dockerfile: `
FROM busybox
ARG A=1
RUN echo $A > /a
WORKDIR /w
COPY f /f
CMD ["a", "b"]
`,
    f: "f",
  });
  const entries = await daemon.call("GET", `/images/${id}/history`);
  if (!Array.isArray(entries)) throw new Error("no history");
  expect(entries.slice(0, 5).map(({ CreatedBy }) => String(CreatedBy).replace(/:[0-9a-f]{64}/, ":HEX"))).toEqual([
    '/bin/sh -c #(nop)  CMD ["a" "b"]',
    "/bin/sh -c #(nop) COPY file:HEX in /f ",
    "/bin/sh -c #(nop) WORKDIR /w",
    "|1 A=1 /bin/sh -c echo $A > /a",
    "/bin/sh -c #(nop)  ARG A=1",
  ]);
  expect(entries.slice(0, 5).every(({ Id }) => String(Id).startsWith("sha256:"))).toBe(true);
  expect(entries.map(({ Size }) => Size).slice(0, 5)).toEqual([0, 1, 0, 2, 0]);
});

test("the image has a command's changes and links but not the engine's own files", async () => {
  const id = await mustBuild(
    daemon,
    dockerfile(`
FROM busybox
RUN mkdir /d && echo x > /d/f && ln -s f /d/l && ln /d/f /d/h && chown 5:6 /d && chmod 4755 /d/f
RUN rm /d/f && mkfifo /d/p
RUN true
`),
  );
  expect(await inImage(daemon, id, "cat /d/h; ls /d; readlink /d/l; stat -c '%u %g' /d; stat -c %a /d/h")).toBe(
    "x\nh\nl\np\nf\n5 6\n4755\n",
  );
  const inspected = await daemon.call("GET", `/images/${id}/json`);
  // The base, and the first two commands: the third changed nothing.
  expect(inspected).toMatchObject({ RootFS: { Layers: [expect.any(String), expect.any(String), expect.any(String)] } });
  const archive = await daemon.request("GET", `/images/${id}/get`);
  expect(archive.status).toBe(200);
  expect(Buffer.from(await archive.arrayBuffer()).includes(".dockerenv")).toBe(false);
});

test("here-documents, as commands, scripts, input and files", async () => {
  const { output, error } = await build(
    daemon,
    dockerfile(`
FROM busybox
ARG WHO=world
RUN <<EOF
set -e
echo hello $WHO
EOF
RUN <<EOF
#!/bin/busybox sh
echo script $0
EOF
RUN cat <<ONE && cat <<-"TWO"
one $WHO
ONE
	two $WHO
	TWO
COPY --chmod=755 <<a <<"b" /files/
a $WHO
a
b $WHO
b
RUN cat /files/a /files/b && stat -c %a /files/a && ls /dev/pipes || true
`),
  );
  expect(error).toBe("");
  for (const said of [
    "hello world\n",
    "script /dev/pipes/EOF\n",
    "one world\n",
    "two $WHO\n",
    "a world\nb $WHO\n755\n",
  ]) {
    expect(output).toContain(said);
  }
});

test("shell form uses SHELL, exec form runs as written", async () => {
  const { output } = await build(
    daemon,
    dockerfile(`
FROM busybox
SHELL ["/bin/busybox", "echo", "shell:"]
RUN a  'b c'
RUN ["/bin/echo", "$HOME", "x y"]
`),
  );
  expect(output).toContain("shell: a  'b c'\n");
  expect(output).toContain("$HOME x y\n");
});

test("build arguments: given, declared, predefined, automatic, unused", async () => {
  const { output, id } = await build(
    daemon,
    dockerfile(`
ARG BASE=nothing
ARG GLOBAL=global
FROM \${BASE}
ARG GLOBAL
ARG OWN=own
ARG TARGETARCH
RUN echo $GLOBAL $OWN $GIVEN $TARGETARCH $TARGETOS $http_proxy
ARG GIVEN
RUN echo now $GIVEN
ENV OWN=covered
RUN echo then $OWN
`),
    { query: { buildargs: JSON.stringify({ BASE: "busybox", GIVEN: "given", http_proxy: "proxy", VAIN: "1" }) } },
  );
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  expect(output).toContain(`global own ${architecture} proxy\n`);
  expect(output).toContain("now given\n");
  expect(output).toContain("then covered\n");
  expect(output).toContain("[Warning] One or more build-args [VAIN] were not consumed\n");
  expect((await historyOf(daemon, id)).join("\n")).not.toContain("=proxy");
});

test("stages: builds all up to the target, as the classic builder does, by name and number", async () => {
  const files = dockerfile(`
FROM busybox AS first
RUN echo 1 > /one
FROM busybox AS unneeded
RUN echo built
FROM first
COPY --from=first /one /two
COPY --from=0 /one /three
COPY --from=busybox /bin/busybox /four
FROM scratch AS tiny
COPY --from=2 /two /two
FROM busybox AS failing
RUN false
FROM tiny AS last
`);
  const whole = await build(daemon, files);
  expect(whole.error).toBe("The command '/bin/sh -c false' returned a non-zero code: 1");
  expect(whole.output).toStartWith("Step 1/13 : FROM busybox AS first\n");
  const tiny = await build(daemon, files, { query: { target: "tiny" } });
  expect(tiny.error).toBe("");
  expect(tiny.output).toContain("Step 4/10 : RUN echo built\n");
  expect(tiny.lines.flatMap(({ aux }) => aux?.ID ?? [])).toHaveLength(4);
  const target = await build(daemon, files, { query: { target: "FIRST" } });
  expect(await inImage(daemon, target.id, "cat /one")).toBe("1\n");
  const middle = await mustBuild(daemon, files, { query: { target: "2" } });
  expect(await inImage(daemon, middle, "cat /two /three; ls -l /four | wc -l")).toBe("1\n1\n1\n");
});

test("triggers of the image that is built on", async () => {
  const trigger = "FROM busybox\nONBUILD ARG V=1\nONBUILD COPY f /f\nONBUILD RUN echo $V >> /f\nUSER 7\n";
  await mustBuild(daemon, dockerfile(trigger), { query: { t: "trigger" } });
  const { output, error } = await build(daemon, { Dockerfile: "FROM trigger\n", f: "f\n" });
  expect(output).toContain("# Executing 3 build triggers\n");
  // As the image's own user, who may not write what is root's.
  expect(output).toContain("can't create /f");
  expect(error).toBe("The command '/bin/sh -c echo $V >> /f' returned a non-zero code: 1");
});

test("reports the ID of each stage's image once, with and without triggers in its base", async () => {
  await mustBuild(daemon, dockerfile("FROM busybox\nONBUILD RUN echo x > /x\n"), { query: { t: "told" } });
  const { lines, id } = await build(daemon, dockerfile("FROM told AS one\nFROM told\nCOPY --from=one /x /y\n"));
  const ids = lines.flatMap(({ aux }) => aux?.ID ?? []);
  expect(ids).toHaveLength(2);
  expect(ids.at(-1)).toBe(id);
});

test("a stage that a trigger copies from", async () => {
  await mustBuild(daemon, dockerfile("FROM busybox\nONBUILD COPY --from=src /s /x\n"), { query: { t: "taking" } });
  const { error, id } = await build(daemon, dockerfile("FROM busybox AS src\nRUN echo s > /s\nFROM taking\n"));
  expect(error).toBe("");
  expect(await inImage(daemon, id, "cat /x")).toBe("s\n");
});

test("files written to a stage's volume are kept; WORKDIR belongs to the user", async () => {
  const id = await mustBuild(
    daemon,
    dockerfile(
      "FROM busybox\nRUN mkdir /v\nVOLUME /v\nRUN echo kept > /v/f\nUSER 1000\nWORKDIR /home/me\nRUN echo mine > f\n",
    ),
  );
  expect(await inImage(daemon, id, "cat /v/f /home/me/f; stat -c %u /home/me")).toBe("kept\nmine\n1000\n");
  expect(await daemon.call("GET", "/volumes")).toMatchObject({ Volumes: [] });
});

test("another Dockerfile, labels, a quiet build", async () => {
  const { output, lines } = await build(
    daemon,
    { "sub/Other": "FROM busybox\nLABEL a=1\n" },
    { query: { dockerfile: "sub/Other", labels: JSON.stringify({ b: "it's $HOME", a: "2" }), q: "1" } },
  );
  expect(lines).toHaveLength(1);
  expect(output).toMatch(/^sha256:[0-9a-f]{64}\n$/);
  const inspected = await daemon.call("GET", `/images/${output.trim()}/json`);
  expect(inspected).toMatchObject({ Config: { Labels: { a: "2", b: "it's $HOME" } } });
});
