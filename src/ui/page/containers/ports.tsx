// A container's published ports as links, unpublished ones as text.
import type { PortSummary } from "../../../api/container-networks.ts";

export function Ports({ ports }: { ports: readonly PortSummary[] }) {
  const seen = new Set<string>();
  const shown = ports.filter(({ PublicPort, PrivatePort, Type }) => {
    const key = `${PublicPort}-${PrivatePort}-${Type}`;
    return !seen.has(key) && seen.add(key);
  });
  return (
    <>
      {shown.map(({ IP, PublicPort, PrivatePort, Type }) =>
        PublicPort === undefined ? (
          <span key={`${PrivatePort}${Type}`} class="port">{`${PrivatePort}/${Type}`}</span>
        ) : (
          <a
            key={`${PublicPort}${PrivatePort}${Type}`}
            class="port"
            href={`http://${hostOf(IP ?? "")}:${PublicPort}/`}
            target="_blank"
            rel="noreferrer"
          >{`${PublicPort}→${PrivatePort}${Type === "tcp" ? "" : `/${Type}`}`}</a>
        ),
      )}
    </>
  );
}

/** A port on all addresses is linked at the host name of this page. */
function hostOf(address: string): string {
  if (address === "" || address === "0.0.0.0" || address === "::") return location.hostname;
  return address.includes(":") ? `[${address}]` : address;
}
