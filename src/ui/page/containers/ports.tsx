// A container's published ports as links, unpublished ones as text.
import type { PortSummary } from "../../../api/container-networks.ts";

/** @param most further ports are counted only */
export function Ports({ ports, most = Number.POSITIVE_INFINITY }: { ports: readonly PortSummary[]; most?: number }) {
  const seen = new Set<string>();
  const shown = ports.filter(({ PublicPort, PrivatePort, Type }) => {
    const key = `${PublicPort}-${PrivatePort}-${Type}`;
    return !seen.has(key) && seen.add(key);
  });
  // Published ports first.
  shown.sort(
    (one, other) => (one.PublicPort ?? 1e6) - (other.PublicPort ?? 1e6) || one.PrivatePort - other.PrivatePort,
  );
  const beyond = shown.slice(most);
  return (
    <span class="ports">
      {shown.slice(0, most).map(({ IP, PublicPort, PrivatePort, Type }) =>
        PublicPort === undefined ? (
          <span key={`${PrivatePort}${Type}`} class="port">{`${PrivatePort}/${Type}`}</span>
        ) : (
          <a
            key={`${PublicPort}${PrivatePort}${Type}`}
            class="port"
            href={`http://${hostOf(IP ?? "")}:${PublicPort}/`}
            target="_blank"
            rel="noreferrer"
          >
            {portText({ PublicPort, PrivatePort, Type })}
          </a>
        ),
      )}
      {beyond.length > 0 && <span class="port" title={beyond.map(portText).join("\n")}>{`+${beyond.length}`}</span>}
    </span>
  );
}

const portText = ({ PublicPort, PrivatePort, Type }: PortSummary): string =>
  `${PublicPort === undefined ? "" : `${PublicPort}→`}${PrivatePort}${Type === "tcp" ? "" : `/${Type}`}`;

/** A port on all addresses is linked at the host name of this page. */
function hostOf(address: string): string {
  if (address === "" || address === "0.0.0.0" || address === "::") return location.hostname;
  return address.includes(":") ? `[${address}]` : address;
}
