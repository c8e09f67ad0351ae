// Command lines about volumes.
import type { CommandResult } from "../../support/command.ts";
import { sharedBusyboxArchive } from "../../support/images.ts";
import type { Scenario } from "./scenario.ts";

const compare = ({ code }: CommandResult) => code;

export const volumeScenarios: readonly Scenario[] = [
  {
    name: "lists and details",
    readsOnly: true,
    async prepare({ daemon }) {
      await daemon.importArchive("busybox:latest", await sharedBusyboxArchive(), ['CMD ["sleep", "600"]']);
      await daemon.call("POST", "/volumes/create", { Name: "data", Labels: { team: "a" } });
      await daemon.call("POST", "/volumes/create", {
        Name: "scratch2",
        DriverOpts: { device: "tmpfs", o: "size=1m", type: "tmpfs" },
      });
      await daemon.call("POST", "/volumes/create", { Name: "scratch10" });
      await daemon.call("POST", "/containers/create?name=one", {
        Image: "busybox",
        HostConfig: { Binds: ["data:/data"] },
        Volumes: { "/anonymous": {} },
      });
    },
    lines: [
      "volume ls",
      "volume list",
      "volume ls -q",
      "volume ls -f name=data",
      "volume ls -f name=s",
      "volume ls -f dangling=true",
      "volume ls -f dangling=false",
      "volume ls -f dangling=nonsense",
      "volume ls -f label=team",
      "volume ls -f label=team=b",
      "volume ls -f driver=local",
      "volume ls -f driver=other",
      "volume ls -f nonsense=1",
      "volume ls --format json -f name=data",
      "volume ls --format '{{.Name}} {{.Driver}} {{.Scope}} {{.Mountpoint}} {{.Label \"team\"}} {{.Size}} {{.Links}}'",
      "volume ls --format 'table {{.Name}}\\t{{.Driver}}\\t{{.Availability}}\\t{{.Group}}\\t{{.Status}}'",
      "volume ls --format raw",
      "volume ls --format raw -q",
      "volume ls -q --format '{{.Driver}}'",
      "volume ls --format '{{.Nope}}'",
      "volume ls --cluster",
      "volume ls x",
      "volume inspect data",
      "volume inspect data scratch2",
      "volume inspect nothing",
      "volume inspect nothing data",
      "volume inspect",
      "volume inspect -f json data",
      "volume inspect -f '{{.Name}} {{.Mountpoint}} {{.Labels}} {{.Options}}' data",
      "volume inspect -f '{{.Options}}' scratch2",
      "volume inspect -f '{{.Nope}}' data",
      "volume inspect -f '{{json .Labels}}' scratch10",
      "inspect data",
      "inspect --type volume data",
      "inspect --type volume nothing",
      "volume",
      { line: "volume nonsense", differs: { because: "Docker's usage says COMMAND for this group alone", compare } },
      "volume --help",
    ],
  },
  {
    name: "life of a volume",
    async prepare({ daemon }) {
      await daemon.importArchive("busybox:latest", await sharedBusyboxArchive(), ['CMD ["sleep", "600"]']);
      await daemon.call("POST", "/containers/create?name=one", {
        Image: "busybox",
        HostConfig: { Binds: ["data:/data"] },
      });
    },
    lines: [
      "volume create v1",
      "volume create v1",
      "volume create",
      "volume create --label a=1 --label b v2",
      "volume create -d nonsense v3",
      "volume create -o type=tmpfs -o device=tmpfs -o o=size=1m v4",
      "volume create -o nonsense=1 v5",
      "volume create 'bad name'",
      "volume create x",
      "volume create a b",
      "volume create --name v6",
      "volume create --name v7 v8",
      "volume create --driver local --opt type=none --opt o=bind --opt device=/nothing/there v10",
      "volume inspect -f '{{.Name}} {{.Options}} {{.Labels}}' v2 v4",
      "volume ls -q -f name=v",
      "volume rm v1",
      "volume rm v1",
      "volume rm nothing v2",
      "volume rm -f nothing",
      "volume rm data",
      "volume rm -f data",
      "volume rm",
      "volume remove v4",
      "volume prune",
      { line: "volume prune", input: "n\n" },
      { line: "volume prune -a", input: "no\n" },
      "volume prune -f --filter label=none",
      "volume prune -f --filter nonsense=1",
      "volume prune -a -f --filter all=1",
      "volume prune -f -a --filter label!=keep",
      "volume prune x",
      "volume ls -q",
    ],
  },
];
