// Command lines about images.
import { join } from "node:path";
import { archiveOf } from "../../support/archive.ts";
import type { CommandResult } from "../../support/command.ts";
import { sharedBusyboxArchive } from "../../support/images.ts";
import { digestOf } from "../../support/publish.ts";
import { normalise } from "./normalise.ts";
import { withoutNote } from "./registries.ts";
import type { Line, Scenario } from "./scenario.ts";

/** Docker's warns that it is an experiment, is coloured, and leaves out what containers use. */
function asTree(line: string): Line {
  const lines = (text: string) =>
    normalise(text)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they begin a colour
      .replace(/\x1b\[\d+m/g, "")
      .split("\n")
      .filter((each) => !/^WARNING|Info -> |^U: |^$/.test(each))
      .map((each) => each.trimEnd());
  return {
    line,
    differs: { because: "Docker's is an experiment", compare: ({ code, stdout }) => ({ code, lines: lines(stdout) }) },
  };
}

/** What other tools build for the sake of the same bytes each time: neither the image nor its steps have a date. */
function imageWithoutDate(reference: string): Buffer {
  const layer = archiveOf([{ name: "file", content: "content" }]);
  const config = JSON.stringify({
    architecture: "amd64",
    os: "linux",
    config: { Cmd: ["x"] },
    rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
    history: [{ created_by: "step" }],
  });
  const manifest = JSON.stringify([{ Config: "config.json", RepoTags: [reference], Layers: ["layer.tar"] }]);
  return archiveOf([
    { name: "config.json", content: config },
    { name: "layer.tar", content: layer },
    { name: "manifest.json", content: manifest },
  ]);
}

/** From API 1.51 on the engine counts the containers of each image; release 28.2 of Docker's command uses 1.50. */
function countingContainers(line: string): Line {
  const uncounted = (text: string) => normalise(text).replaceAll("N/A", "0");
  const compare = ({ code, stdout, stderr }: CommandResult) => ({
    code,
    out: uncounted(stdout),
    err: normalise(stderr),
  });
  return { line, differs: { because: "the older API does not count containers", compare } };
}

export const imageScenarios: readonly Scenario[] = [
  {
    name: "an image without a date",
    readsOnly: true,
    async prepare({ daemon }) {
      const loaded = await daemon.request("POST", "/images/load", imageWithoutDate("dateless:1"));
      await loaded.text();
    },
    lines: [
      "images dateless",
      "images --format '{{.CreatedSince}}|{{.CreatedAt}}'",
      "history dateless:1",
      "history --format '{{.CreatedSince}}|{{.CreatedAt}}' dateless:1",
      "image inspect -f '{{.Created}}' dateless:1",
    ],
  },
  {
    name: "lists",
    readsOnly: true,
    async prepare({ daemon }) {
      await daemon.importArchive("busybox:latest", await sharedBusyboxArchive(), [
        'CMD ["sh"]',
        "LABEL a=1",
        "LABEL b.c-d=two",
      ]);
      await daemon.importArchive("team/app:v1", await sharedBusyboxArchive(), ["LABEL team=app"]);
      await daemon.importArchive("localhost:5000/x/y:v2", await sharedBusyboxArchive(), ["USER nobody"]);
      await daemon.importArchive("other:1", await sharedBusyboxArchive(), ["ENV A=b"]);
      await daemon.importArchive("other:2", await sharedBusyboxArchive(), ["EXPOSE 80", "VOLUME /data"]);
      await daemon.importArchive("other:2", await sharedBusyboxArchive(), ["WORKDIR /w"]);
    },
    lines: [
      "images",
      "image ls",
      "image list",
      "images -a",
      "images -q",
      "images -q --no-trunc",
      "images --no-trunc",
      "images --digests",
      "images --digests --no-trunc",
      "images busybox",
      "images other",
      "images other:1",
      "images 'team/*'",
      "images nothing",
      "images rm",
      "images build",
      "image ls build",
      "images a b",
      "images -f dangling=true",
      "images -f dangling=false",
      "images -f dangling=maybe",
      "images -f label=a",
      "images -f label=a=1",
      "images -f label=a=2",
      "images -f reference=other",
      "images -f reference='o*:1'",
      "images -f before=other:2",
      "images -f since=busybox",
      "images -f since=nothing",
      "images -f until=1h",
      "images -f nonsense=1",
      "images -f nonsense",
      "images --filter DANGLING=true -q",
      countingContainers("images --format json other:1"),
      countingContainers("images --format '{{json .}}' other:1"),
      "images --format '{{.Repository}}:{{.Tag}}'",
      "images --format 'table {{.ID}}\\t{{.Repository}}'",
      "images --format 'table {{.ID}}\\t{{.Repository}}' --digests",
      countingContainers(
        "images --format 'table {{.Repository}}\\t{{.Tag}}\\t{{.CreatedSince}}\\t{{.CreatedAt}}\\t{{.Size}}\\t{{.Containers}}\\t{{.SharedSize}}\\t{{.UniqueSize}}\\t{{.VirtualSize}}'",
      ),
      "images --format table",
      "images --format raw",
      "images --format raw -q",
      "images --format raw --digests",
      "images -q --format '{{.Repository}}'",
      "images --format '{{.Nope}}'",
      "images --format '{{'",
      "images --format ''",
      "images --format '{{upper .Repository}} {{lower .Tag}} {{title .Tag}} {{len .ID}} {{truncate .ID 4}}'",
      "images --format '{{.ID | printf \"%-20s|\"}}'",
      "images --format '{{if eq .Tag \"latest\"}}new{{else}}{{.Tag}}{{end}}'",
      'images --format \'{{pad .Tag 2 3}}|{{split .Repository "/"}}|{{join (split .Repository "/") "+"}}\'',
      asTree("images --tree"),
      asTree("images --tree -a busybox"),
      asTree("images --tree other"),
      asTree("images --tree nothing"),
      "images --tree -q",
      "images --tree --no-trunc",
      "images --tree --digests",
      "images --tree --format x",
      "images --nonsense",
      "images -x",
      "images --quiet=nonsense",
    ],
  },
  {
    name: "names, removal, import",
    async prepare({ daemon }) {
      const archive = await sharedBusyboxArchive();
      await Bun.write(join(daemon.directory, "scratch", "root.tar"), archive);
      await daemon.importArchive("busybox:latest", archive, ['CMD ["sh"]']);
      await daemon.call("POST", "/containers/create?name=user", { Image: "busybox" });
    },
    lines: [
      "tag busybox copy:1",
      "image tag busybox team/copy",
      "tag busybox",
      "tag",
      "tag nothing x",
      "tag busybox BAD",
      "tag busybox a:b:c",
      "tag busybox copy@sha256:0000000000000000000000000000000000000000000000000000000000000000",
      "tag busybox 0000000000000000000000000000000000000000000000000000000000000000",
      "tag --nonsense busybox x",
      "images --format '{{.Repository}}:{{.Tag}}' copy",
      "rmi copy:1",
      "image remove team/copy",
      "rmi nothing",
      "rmi nothing else",
      "rmi -f nothing",
      "rmi -f nothing else",
      "rmi BAD",
      "rmi -f BAD",
      "rmi",
      "image rm --no-prune nothing",
      "rmi busybox",
      "tag busybox second",
      "rmi second nothing busybox",
      "rmi -f busybox",
      "images",
      "import {scratch}/root.tar imported",
      "import {scratch}/root.tar",
      "import -c 'CMD [\"sh\"]' -m 'made by hand' {scratch}/root.tar imported:2",
      "import --change 'ENV A=1' --change 'LABEL b=2' {scratch}/root.tar imported:3",
      "import --change NONSENSE {scratch}/root.tar imported:4",
      "import {scratch}/none.tar x",
      "import {scratch}/root.tar BAD",
      "import http://127.0.0.1:1/x.tar x",
      "import",
      "import a b c",
      { line: "import - piped", input: "" },
      { line: "import - piped:2", input: "this is no archive" },
      "import --platform linux/amd64 {scratch}/root.tar imported:5",
      "image inspect -f '{{.Comment}} {{json .Config.Cmd}} {{json .Config.Env}} {{json .Config.Labels}}' imported:2 imported:3",
      "images --format '{{.Repository}}:{{.Tag}}' imported:5",
      "image prune",
      "image prune -f",
      "image prune -f --filter until=1h",
      "image prune -f --filter nonsense=1",
      "image prune -f --filter label=x --filter label!=y",
      { line: "image prune", input: "n\n" },
      { line: "image prune", input: "y\n" },
      { line: "image prune -a", input: "\n" },
      "image prune -a -f --filter label=none",
      "image prune x",
    ],
  },
  {
    name: "save and load",
    async prepare({ daemon }) {
      await daemon.importArchive("busybox:latest", await sharedBusyboxArchive(), ['CMD ["sh"]']);
      await daemon.importArchive("team/app:v1", await sharedBusyboxArchive(), ["LABEL a=1"]);
      await Bun.write(join(daemon.directory, "scratch", "wrong.tar"), "this is no archive");
    },
    lines: [
      "save -o {scratch}/one.tar busybox",
      "image save --output {scratch}/both.tar busybox team/app:v1",
      "save --platform linux/amd64 -o {scratch}/platform.tar busybox",
      "save --platform nonsense/x/y/z -o {scratch}/never.tar busybox",
      "save --platform nonsense -o {scratch}/never.tar busybox",
      "save --platform linux/s390x -o {scratch}/never.tar busybox",
      "save -o {scratch}/never.tar nothing",
      "save -o {scratch}/never.tar busybox nothing",
      "save -o {scratch}/no/such/directory.tar busybox",
      "save -o {scratch} busybox",
      "save -o {scratch}/never.tar BAD",
      "save",
      "load -i {scratch}/one.tar",
      "rmi -f busybox team/app:v1",
      "load -i {scratch}/both.tar",
      "image load --input {scratch}/both.tar --quiet",
      "load --platform linux/amd64 -i {scratch}/one.tar",
      "load --platform nonsense -i {scratch}/one.tar",
      "load --platform linux/s390x -i {scratch}/one.tar",
      "load -i {scratch}/nothing.tar",
      "load -i {scratch}/wrong.tar",
      { line: "load", input: "this is no archive" },
      "load x",
      "images --format '{{.Repository}}:{{.Tag}}' team/app",
      "images --format '{{.Repository}}:{{.Tag}}' busybox",
      "history --platform linux/amd64 busybox",
      "history --platform nonsense/x busybox",
      "history --platform nonsense busybox",
      "history --platform linux/s390x busybox",
      "image inspect --platform linux/s390x busybox",
      withoutNote("push --platform linux/s390x busybox"),
      "rmi --platform linux/s390x busybox",
      "rmi --platform linux/amd64 --platform linux/s390x busybox",
      "rmi --platform nonsense busybox",
      "image inspect --platform nonsense busybox",
      "rmi --platform linux/amd64 nothing",
    ],
  },
  {
    name: "one image in detail",
    readsOnly: true,
    async prepare({ daemon }) {
      const changes = [
        'CMD ["sh"]',
        "ENV A=1",
        "LABEL a=1",
        "EXPOSE 80/tcp",
        "VOLUME /data",
        "USER nobody",
        "WORKDIR /w",
      ];
      await daemon.importArchive("busybox:latest", await sharedBusyboxArchive(), changes);
      await daemon.call("POST", "/images/busybox/tag?repo=team/app&tag=v1");
    },
    lines: [
      "image inspect busybox",
      "image inspect busybox team/app:v1",
      "image inspect nothing",
      "image inspect nothing busybox",
      "image inspect",
      "image inspect -f json busybox",
      "image inspect -f '{{json .}}' busybox",
      "image inspect -f '{{.Id}}' busybox",
      "image inspect -f '{{.ID}}' busybox",
      "image inspect -f '{{.Config.Cmd}} {{.Config.Env}} {{.Config.Labels}} {{.Config.ExposedPorts}} {{.Config.Volumes}}' busybox",
      "image inspect -f '{{.RootFS}}' busybox",
      "image inspect -f '{{.Config}}' busybox",
      "image inspect -f '{{printf \"%+v\" .RootFS}}' busybox",
      "image inspect -f '{{.RepoTags}} {{.RepoDigests}} {{.Size}} {{.Os}}/{{.Architecture}}' busybox",
      "image inspect -f '{{range .RepoTags}}{{println .}}{{end}}' busybox",
      "image inspect -f '{{index .Config.Labels \"a\"}}' busybox",
      "image inspect -f '{{.Nope}}' busybox",
      "image inspect -f '{{' busybox",
      "image inspect -f '{{.Metadata.LastTagTime}}' busybox",
      "image inspect --platform linux/amd64 -f '{{.Os}}' busybox",
      "image inspect --platform nonsense/x/y/z busybox",
      "inspect busybox",
      "inspect --type image busybox",
      "inspect --type container busybox",
      "inspect --type nonsense busybox",
      "inspect nothing",
      "inspect -s busybox",
      "inspect -f '{{.RepoTags}}' busybox nothing",
      "history busybox",
      "image history busybox",
      "history -q busybox",
      "history --no-trunc busybox",
      "history -H=false busybox",
      "history --human=false --no-trunc busybox",
      "history --format json busybox",
      "history --format '{{.ID}} {{.CreatedBy}} {{.Size}} {{.Comment}}' busybox",
      "history --format 'table {{.CreatedAt}}\\t{{.Size}}' busybox",
      "history nothing",
      "history",
      "history busybox x",
    ],
  },
];
