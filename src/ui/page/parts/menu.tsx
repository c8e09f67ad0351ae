// A menu of actions behind a button, in the browser's own popover: it closes on Escape and on a click elsewhere.
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icon.tsx";

export interface MenuItem {
  title: string;
  icon: IconName;
  danger?: boolean;
  run(): void;
}

export interface MenuProps {
  label: string;
  /** Asked when the menu opens. */
  items(): readonly MenuItem[];
  /** Text beside the icon. */
  title?: string;
}

const GAP = 4;

export function Menu({ label, items, title }: MenuProps) {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button
        ref={button}
        type="button"
        class={title === undefined ? "plain" : ""}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-label={label}
        title={label}
        onClick={() => setOpen(!isOpen)}
      >
        {title}
        <Icon name="more" size={title === undefined ? 18 : 16} />
      </button>
      {isOpen && button.current && (
        <Opened anchor={button.current} label={label} items={items()} onClose={() => setOpen(false)} />
      )}
    </>
  );
}

interface OpenedProps {
  anchor: HTMLElement;
  label: string;
  items: readonly MenuItem[];
  onClose(): void;
}

function Opened({ anchor, label, items, onClose }: OpenedProps) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { current } = element;
    if (!current) return;
    current.showPopover();
    const at = anchor.getBoundingClientRect();
    const { offsetWidth, offsetHeight } = current;
    const below = at.bottom + GAP;
    const top = below + offsetHeight <= window.innerHeight ? below : Math.max(GAP, at.top - GAP - offsetHeight);
    current.style.top = `${top}px`;
    current.style.left = `${Math.max(GAP, Math.min(at.right - offsetWidth, window.innerWidth - offsetWidth - GAP))}px`;
    current.querySelector("button")?.focus();
  }, []);
  const move = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const buttons = [...(element.current?.querySelectorAll("button") ?? [])];
    const at = buttons.findIndex((item) => item.matches(":focus"));
    buttons[(at + step + buttons.length) % buttons.length]?.focus();
  };
  return (
    <div
      ref={element}
      class="menu"
      role="menu"
      tabIndex={-1}
      aria-label={label}
      popover="auto"
      onKeyDown={move}
      onToggle={({ newState }) => {
        if (newState === "closed") onClose();
      }}
    >
      {items.map(({ title, icon, danger, run }) => (
        <button
          key={title}
          type="button"
          role="menuitem"
          class={danger ? "danger" : ""}
          onClick={() => {
            element.current?.hidePopover();
            run();
          }}
        >
          <Icon name={icon} size={16} /> {title}
        </button>
      ))}
    </div>
  );
}
