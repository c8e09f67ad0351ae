// Lines about images.
import { sharedBusyboxArchive } from "../../support/images.ts";
import type { Scenario } from "./scenario.ts";

export const imageScenarios: readonly Scenario[] = [
  {
    name: "lists",
    readsOnly: true,
    async prepare(daemon) {
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
      "images --format json other:1",
      "images --format '{{json .}}' other:1",
      "images --format '{{.Repository}}:{{.Tag}}'",
      "images --format 'table {{.ID}}\\t{{.Repository}}'",
      "images --format 'table {{.ID}}\\t{{.Repository}}' --digests",
      "images --format 'table {{.Repository}}\\t{{.Tag}}\\t{{.CreatedSince}}\\t{{.CreatedAt}}\\t{{.Size}}\\t{{.Containers}}\\t{{.SharedSize}}\\t{{.UniqueSize}}\\t{{.VirtualSize}}'",
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
      "images --nonsense",
      "images -x",
      "images --quiet=nonsense",
    ],
  },
];
