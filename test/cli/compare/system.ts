// Command lines about the engine as a whole, and invalid command lines.
import type { CommandResult } from "../../support/command.ts";
import { sharedBusyboxArchive } from "../../support/images.ts";
import { normalise } from "./normalise.ts";
import type { Line, Scenario } from "./scenario.ts";

/** The engine's half of `version` and `info`. */
function engineOnly(line: string): Line {
  const compare = ({ code, stdout, stderr }: CommandResult) => ({
    code,
    stdout: normalise(stdout.replace(/^Client:.*?\n\n/s, "")),
    stderr: normalise(stderr),
  });
  return { line, differs: { because: "the clients are two programs", compare } };
}

/** Whether it is refused in the same way; Berth says more. */
function alike(line: string, because: string): Line {
  const compare = ({ code, stderr }: CommandResult) => ({ code, first: normalise(stderr).split("\n", 1)[0] });
  return { line, differs: { because, compare } };
}

function codeOnly(line: string, because: string): Line {
  return { line, differs: { because, compare: ({ code }) => code } };
}

const OTHER_COMMANDS = "Berth has its own list of commands";
const NEAREST = "Berth names the nearest match";

export const systemScenarios: readonly Scenario[] = [
  {
    name: "what the engine says",
    readsOnly: true,
    async prepare({ daemon }) {
      await daemon.importArchive("busybox:latest", await sharedBusyboxArchive(), ['CMD ["sleep", "600"]']);
      await daemon.call("POST", "/volumes/create", { Name: "data" });
      await daemon.call("POST", "/containers/create?name=one", {
        Image: "busybox",
        HostConfig: { Binds: ["data:/data"] },
      });
      await daemon.call("POST", "/containers/create?name=two", { Image: "busybox" });
      await daemon.call("POST", "/containers/two/start");
      // Docker's command cuts `--until 0s` to whole seconds: what happened within this one would not be past for it.
      await Bun.sleep(1_100);
    },
    lines: [
      engineOnly("version"),
      "version --format '{{.Server.Version}} {{.Server.Os}}/{{.Server.Arch}} {{.Client.Context}}'",
      "version --format '{{json .Server.Platform}}'",
      "version --format '{{range .Server.Components}}{{.Name}} {{.Version}};{{end}}'",
      "version --format '{{.Nope}}'",
      "version --format '{{.Server.Nope}}'",
      "version --format '{{'",
      "version x",
      engineOnly("info"),
      engineOnly("system info"),
      "info --format '{{.ServerVersion}} {{.Driver}} {{.DriverStatus}} {{.Plugins}} {{.NCPU}} {{.CgroupVersion}}'",
      "info --format '{{.ClientInfo.Context}} {{.ClientInfo.Debug}}'",
      "info --format '{{json .Swarm}}'",
      "info --format '{{.Runtimes}} {{.Swarm}}'",
      "info --format '{{range .SecurityOptions}}{{println .}}{{end}}'",
      "info --format '{{.Nope.Nope}}'",
      "info --format '{{'",
      "info x",
      "system df",
      "system df -v",
      "system df --format json",
      "system df --format '{{.Type}}: {{.TotalCount}} {{.Active}} {{.Size}} {{.Reclaimable}}'",
      "system df --format 'table {{.Type}}\\t{{.Size}}'",
      "system df --format raw",
      "system df --format table",
      "system df --format '{{.Nope}}'",
      "system df --format '{{'",
      "system df -v --format '{{json .}}'",
      "system df -v --format '{{range .Containers}}{{.Names}} {{.Size}};{{end}}'",
      "system df -v --format '{{range .Volumes}}{{.Name}} {{.Links}};{{end}}'",
      "system df -v --format '{{.Nope}}'",
      "system df x",
      "info -f '{{json .RegistryConfig}}'",
      "info -f '{{json .}'",
      "events --since 10m --until 0s --filter type=container",
      "events --since 10m --until 0s --filter container=two --filter event=start",
      "events --since 10m --until 0s --filter type=volume --format json",
      "events --since 10m --until 0s --filter type=container --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}} {{.Status}}'",
      "events --since 10m --until 0s --filter type=container --format '{{json .Actor.Attributes}}'",
      "events --since 10m --until 0s --filter label=none",
      "events --since 10m --until 0s --filter nonsense=1",
      "events --since nonsense --until 0s",
      "events --since 10m --until nonsense",
      "events --since 10m --until 0s --filter type=container --format '{{.Nope}}'",
      "events --since 10m --until 0s --format '{{'",
      "events --since 2020-01-01T00:00:00Z --until 2020-01-02T00:00:00Z",
      "events --since 2020-01-01 --until 2020-01-02T10:00",
      "events --since 1577836800 --until 1577836900.5",
      "events x",
      codeOnly("system", OTHER_COMMANDS),
      "system nonsense",
      "system prune",
      { line: "system prune", input: "n\n" },
      { line: "system prune -a", input: "n\n" },
      { line: "system prune --volumes --filter label=a --filter until=10m", input: "n\n" },
      { line: "system prune -a --volumes --filter label=a", input: "x\n" },
      "system prune x",
    ],
  },
  {
    name: "prune everything",
    async prepare({ daemon }) {
      await daemon.importArchive("busybox:latest", await sharedBusyboxArchive(), ['CMD ["sleep", "600"]']);
      await daemon.importArchive("busybox:latest", await sharedBusyboxArchive(), ['CMD ["sleep", "601"]']);
      await daemon.call("POST", "/containers/create?name=one", { Image: "busybox", Volumes: { "/x": {} } });
      await daemon.call("POST", "/volumes/create", {});
      await daemon.call("POST", "/networks/create", { Name: "back" });
    },
    lines: [
      "system prune -f --filter label=none",
      "system prune -f --filter until=10h",
      "system prune -f --filter nonsense=1",
      "system prune -f",
      "system prune -f -a --volumes",
      "ps -aq",
      "images -q",
      "volume ls -q",
      "network ls --format '{{.Name}}'",
    ],
  },
  {
    name: "mistakes",
    readsOnly: true,
    lines: [
      codeOnly("", OTHER_COMMANDS),
      alike("nonsense", NEAREST),
      alike("imgaes", NEAREST),
      alike("--nonsense", NEAREST),
      alike("-x", NEAREST),
      alike("ps --al", NEAREST),
      alike("run --nane x busybox", NEAREST),
      "ps -ax",
      "--log-level nonsense ps",
      "-H nonsense://x ps",
      "-H tcp://127.0.0.1:1 ps",
      "-H unix:///nothing/there ps",
      "-H unix:///nothing/there images",
      "-H a -H b ps",
      "-c nothing ps",
      "-c nothing -H unix:///x ps",
      "--tlsverify -H tcp://127.0.0.1:1 ps",
      codeOnly("image", OTHER_COMMANDS),
      "container",
      "image --nonsense",
      "image nonsense",
      "help nonsense",
      "help ps nonsense",
      "ps --format",
      "ps --filter nonsense",
      "ps --last nonsense",
      "ps --all=nonsense",
      "pull",
      "pull a b",
      "rmi",
      codeOnly("logs", "Berth shows several containers at once"),
      "stop",
      "stop -t nonsense x",
      "kill",
      "start",
      "rename a",
      "cp a",
      "exec x",
      "run",
      "create",
      "tag a",
      "network connect a",
      "volume create a b",
      "login a b",
      "search",
      "search a b",
    ],
  },
];
