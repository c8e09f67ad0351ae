// Text output of `info`, in Docker's layout.
import type { InfoAnswer } from "../../api/system.ts";
import { binarySize } from "./units.ts";

/** " Label: value", or nothing without a value. */
function line(label: string, value: string | number | boolean | undefined, indent = " "): string {
  return value === undefined ? "" : `${indent}${label}: ${value}\n`;
}

/** A label with an indented list; nothing for an empty list. */
function list(label: string, values: readonly string[]): string {
  return values.length === 0 ? "" : ` ${label}:\n${values.map((value) => `  ${value}\n`).join("")}`;
}

const optional = (text: string | undefined): string | undefined => (text ? text : undefined);

function counts(info: InfoAnswer): string {
  return [
    line("Containers", info.Containers),
    line("Running", info.ContainersRunning, "  "),
    line("Paused", info.ContainersPaused, "  "),
    line("Stopped", info.ContainersStopped, "  "),
    line("Images", info.Images),
    line("Server Version", info.ServerVersion),
  ].join("");
}

function drivers(info: InfoAnswer): string {
  const { Volume, Network, Authorization, Log } = info.Plugins;
  return [
    line("Storage Driver", info.Driver),
    ...(info.DriverStatus ?? []).map(([label, value]) => line(label, value, "  ")),
    line("Logging Driver", info.LoggingDriver),
    line("Cgroup Driver", info.CgroupDriver),
    line("Cgroup Version", optional(info.CgroupVersion)),
    " Plugins:\n",
    line("Volume", (Volume ?? []).join(" "), "  "),
    line("Network", (Network ?? []).join(" "), "  "),
    line("Authorization", Authorization?.length ? Authorization.join(" ") : undefined, "  "),
    line("Log", (Log ?? []).join(" "), "  "),
    list("CDI spec directories", info.CDISpecDirs ?? []),
    line("Swarm", optional(info.Swarm?.LocalNodeState)),
  ].join("");
}

/** A security option such as "name=seccomp,profile=default", with its other fields indented. */
function securityOption(option: string): string {
  const fields = option.split(",").map((field) => field.split(/=(.*)/s));
  return fields
    .map(([key = "", value]) => {
      if (value === undefined) return `  ${key}\n`;
      if (key === "name") return `  ${value}\n`;
      return `   ${key.charAt(0).toUpperCase()}${key.slice(1)}: ${value}\n`;
    })
    .join("");
}

function runtimes(info: InfoAnswer): string {
  const options = (info.SecurityOptions ?? []).map(securityOption);
  return [
    line(
      "Runtimes",
      Object.keys(info.Runtimes ?? {})
        .sort()
        .join(" "),
    ),
    line("Default Runtime", info.DefaultRuntime),
    line("Init Binary", info.InitBinary),
    line("containerd version", info.ContainerdCommit?.ID),
    line("runc version", info.RuncCommit?.ID),
    line("init version", info.InitCommit?.ID),
    options.length > 0 ? ` Security Options:\n${options.join("")}` : "",
  ].join("");
}

function host(info: InfoAnswer): string {
  return [
    line("Kernel Version", info.KernelVersion),
    line("Operating System", info.OperatingSystem),
    line("OSType", info.OSType),
    line("Architecture", info.Architecture),
    line("CPUs", info.NCPU),
    line("Total Memory", binarySize(info.MemTotal)),
    line("Name", info.Name),
    line("ID", info.ID),
    line("Docker Root Dir", info.DockerRootDir),
    line("Debug Mode", info.Debug),
  ].join("");
}

function debugging(info: InfoAnswer): string {
  if (!info.Debug) return "";
  return [
    line("File Descriptors", info.NFd, "  "),
    line("Goroutines", info.NGoroutines, "  "),
    line("System Time", info.SystemTime, "  "),
    line("EventsListeners", info.NEventsListener, "  "),
  ].join("");
}

function surroundings(info: InfoAnswer): string {
  const { InsecureRegistryCIDRs = [], IndexConfigs = {}, Mirrors = [] } = info.RegistryConfig ?? {};
  const insecure = Object.values(IndexConfigs).filter(({ Secure }) => !Secure);
  const pools = (info.DefaultAddressPools ?? []).map(({ Base, Size }) => `   Base: ${Base}, Size: ${Size}\n`);
  return [
    line("HTTP Proxy", optional(info.HttpProxy)),
    line("HTTPS Proxy", optional(info.HttpsProxy)),
    line("No Proxy", optional(info.NoProxy)),
    list("Labels", info.Labels ?? []),
    line("Experimental", info.ExperimentalBuild),
    list("Insecure Registries", [...insecure.map(({ Name }) => Name), ...(InsecureRegistryCIDRs ?? [])]),
    list("Registry Mirrors", Mirrors ?? []),
    line("Live Restore Enabled", info.LiveRestoreEnabled),
    pools.length > 0 ? ` Default Address Pools:\n${pools.join("")}` : "",
  ].join("");
}

/** Everything after "Server:", including the final empty line. */
export function infoText(info: InfoAnswer): string {
  return `${counts(info)}${drivers(info)}${runtimes(info)}${host(info)}${debugging(info)}${surroundings(info)}\n`;
}
