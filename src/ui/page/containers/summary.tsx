// A summary of a container: addresses, mounts, health.
import { useState } from "preact/hooks";
import type { PortSummary } from "../../../api/container-networks.ts";
import type { ContainerInspect } from "../../../api/containers.ts";
import { Card, Fact } from "../parts/card.tsx";
import { moment } from "../parts/format.ts";
import { linkTo } from "../routing.ts";
import { texts } from "../texts/index.ts";
import { Ports } from "./ports.tsx";
import { quoted } from "./words.ts";

export function Summary({ container }: { container: ContainerInspect }) {
  const { Config, State, HostConfig, Mounts, NetworkSettings, Created, Path, Args, RestartCount } = container;
  const words = texts.value.details;
  const [showsEnvironment, setShowsEnvironment] = useState(false);
  const environment = Config.Env ?? [];
  const ports = portsOf(container);
  return (
    <div class="cards">
      <Card title={words.process}>
        <Fact name={words.command}>
          <code>{[Path, ...Args].map(quoted).join(" ")}</code>
        </Fact>
        <Fact name={texts.value.common.created}>{moment(new Date(Created))}</Fact>
        {State.Running && <Fact name={words.started}>{moment(new Date(State.StartedAt))}</Fact>}
        {!State.Running && <Fact name={words.exitCode}>{State.ExitCode}</Fact>}
        <Fact name={words.user}>{Config.User || "root"}</Fact>
        <Fact name={words.restartPolicy}>{`${HostConfig.RestartPolicy?.Name || "no"} (${RestartCount})`}</Fact>
      </Card>
      <Card title={words.reach}>
        <Fact name={texts.value.containers.ports}>{ports.length === 0 ? words.none : <Ports ports={ports} />}</Fact>
        {Object.entries(NetworkSettings.Networks).map(([name, { IPAddress, GlobalIPv6Address }]) => (
          <Fact key={name} name={name}>
            <a href={linkTo("networks", [name])}>
              {[IPAddress, GlobalIPv6Address].filter((part) => part !== "").join(", ") || "–"}
            </a>
          </Fact>
        ))}
      </Card>
      <Card title={words.mounts}>
        {Mounts.length === 0 && <p class="quiet">{words.none}</p>}
        {Mounts.map(({ Type, Name, Source, Destination, RW }) => (
          <Fact key={Destination} name={Destination}>
            {Name === undefined ? Source : <a href={linkTo("volumes", [Name])}>{Name}</a>}{" "}
            <span class="badge">{Type}</span> {!RW && <span class="badge">{texts.value.engine.readOnly}</span>}
          </Fact>
        ))}
      </Card>
      {State.Health && (
        <Card title={words.health}>
          <Fact name={texts.value.common.state}>{State.Health.Status}</Fact>
          {State.Health.Log.slice(-5).map(({ Start, ExitCode, Output }) => (
            <Fact key={Start} name={moment(new Date(Start))}>
              <span class={ExitCode === 0 ? "good" : "bad"}>{ExitCode}</span> <code>{Output.trim()}</code>
            </Fact>
          ))}
        </Card>
      )}
      <Card title={words.environment}>
        <button type="button" onClick={() => setShowsEnvironment(!showsEnvironment)}>
          {showsEnvironment ? words.hide : words.show(environment.length)}
        </button>
        {showsEnvironment && environment.map((entry) => <Assignment key={entry} entry={entry} />)}
      </Card>
      <Card title={words.labels}>
        {Object.keys(Config.Labels ?? {}).length === 0 && <p class="quiet">{words.none}</p>}
        {Object.entries(Config.Labels ?? {}).map(([name, value]) => (
          <Fact key={name} name={name}>
            {value}
          </Fact>
        ))}
      </Card>
    </div>
  );
}

export function portsOf({ NetworkSettings }: ContainerInspect): PortSummary[] {
  return Object.entries(NetworkSettings.Ports ?? {}).flatMap(([key, bindings]) => {
    const [port = "", Type = "tcp"] = key.split("/");
    const PrivatePort = Number(port);
    if (!bindings || bindings.length === 0) return [{ PrivatePort, Type }];
    return bindings.map(({ HostIp, HostPort }) => ({
      IP: HostIp ?? "",
      PublicPort: Number(HostPort),
      PrivatePort,
      Type,
    }));
  });
}

function Assignment({ entry }: { entry: string }) {
  const at = entry.indexOf("=");
  return (
    <Fact name={entry.slice(0, at)}>
      <code>{entry.slice(at + 1)}</code>
    </Fact>
  );
}
