// Tabs; the selected one is stored in the address.
import { linkTo, route } from "../routing.ts";

export interface Tab {
  key: string;
  title: string;
}

export function Tabs({ tabs, current, label }: { tabs: readonly Tab[]; current: string; label: string }) {
  const { page, rest } = route.value;
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(({ key, title }) => (
        <a key={key} href={linkTo(page, rest, { tab: key })} aria-current={key === current ? "true" : undefined}>
          {title}
        </a>
      ))}
    </nav>
  );
}
