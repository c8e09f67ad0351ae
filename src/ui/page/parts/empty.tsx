// The placeholder of an empty list: the reason, and a command to try.
import { Command } from "./copy.tsx";
import { Icon, type IconName } from "./icon.tsx";

export function Empty({ text, command, icon = "search" }: { text: string; command?: string; icon?: IconName }) {
  return (
    <div class="empty card">
      <Icon name={icon} size={34} />
      <p>{text}</p>
      {command !== undefined && <Command line={command} />}
    </div>
  );
}
