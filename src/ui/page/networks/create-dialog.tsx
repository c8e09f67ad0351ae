// Asks for the settings of a new network.
import { useState } from "preact/hooks";
import type { CreateNetworkRequest } from "../../../api/networks.ts";
import { post } from "../engine/requests.ts";
import { Dialog } from "../parts/dialog.tsx";
import { attempt } from "../parts/toast.tsx";
import { go, linkTo } from "../routing.ts";
import { texts } from "../texts/index.ts";

const drivers = ["bridge", "macvlan", "ipvlan"] as const;

export function CreateNetworkDialog({ onClose }: { onClose(): void }) {
  const [name, setName] = useState("");
  const [driver, setDriver] = useState<string>("bridge");
  const [subnet, setSubnet] = useState("");
  const [gateway, setGateway] = useState("");
  const [isInternal, setInternal] = useState(false);
  const [hasIpv6, setIpv6] = useState(false);
  const words = texts.value.networks;
  const create = (): void => {
    onClose();
    const range = { ...(subnet !== "" && { Subnet: subnet }), ...(gateway !== "" && { Gateway: gateway }) };
    const json: CreateNetworkRequest = {
      Name: name,
      Driver: driver,
      Internal: isInternal,
      ...(hasIpv6 && { EnableIPv6: true }),
      ...(Object.keys(range).length > 0 && { IPAM: { Config: [range] } }),
    };
    void attempt(words.create, () => post("/networks/create", { json })).then((isCreated) => {
      if (isCreated) go(linkTo("networks", [name]));
    });
  };
  return (
    <Dialog
      title={words.create}
      action={texts.value.common.create}
      disabled={name === ""}
      onAction={create}
      onClose={onClose}
    >
      <label class="field">
        {texts.value.common.name}
        <input value={name} onInput={({ currentTarget }) => setName(currentTarget.value)} />
      </label>
      <label class="field">
        {words.driver}
        <select value={driver} onChange={({ currentTarget }) => setDriver(currentTarget.value)}>
          {drivers.map((key) => (
            <option key={key}>{key}</option>
          ))}
        </select>
      </label>
      <label class="field">
        {words.subnet}
        <input
          placeholder="172.30.0.0/24"
          value={subnet}
          onInput={({ currentTarget }) => setSubnet(currentTarget.value)}
        />
      </label>
      <label class="field">
        {words.gateway}
        <input
          placeholder="172.30.0.1"
          value={gateway}
          onInput={({ currentTarget }) => setGateway(currentTarget.value)}
        />
      </label>
      <label class="check">
        <input type="checkbox" checked={isInternal} onChange={() => setInternal(!isInternal)} /> {words.internal}
      </label>
      <label class="check">
        <input type="checkbox" checked={hasIpv6} onChange={() => setIpv6(!hasIpv6)} /> IPv6
      </label>
    </Dialog>
  );
}
