// The command palette: navigation and actions by typing, opened with Ctrl-K.
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { act, actionIcons, actionsFor } from "../containers/actions.ts";
import { containers, loadContainers, nameOf } from "../containers/list.ts";
import { currentEngine, session } from "../engine/requests.ts";
import { images, loadImages, titleOf } from "../images/list.ts";
import { Icon, type IconName } from "../parts/icon.tsx";
import { attempt } from "../parts/toast.tsx";
import { go, linkTo } from "../routing.ts";
import { texts } from "../texts/index.ts";

interface Entry {
  title: string;
  icon: IconName;
  run(): void;
}

export interface PalettePage {
  name: string;
  title: string;
  icon: IconName;
}

const MAX_SHOWN = 12;

const isOpen = signal(false);

export function openPalette(): void {
  isOpen.value = true;
  // Offers what is already known until everything is loaded.
  void loadContainers().catch(() => {});
  void loadImages().catch(() => {});
}

export function Palette({ pages }: { pages: readonly PalettePage[] }) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      // In a terminal the key belongs to the shell.
      if (event.target instanceof Element && event.target.closest(".xterm")) return;
      event.preventDefault();
      openPalette();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  const close = (): void => {
    isOpen.value = false;
  };
  return isOpen.value ? <Opened pages={pages} onClose={close} /> : null;
}

function Opened({ pages, onClose }: { pages: readonly PalettePage[]; onClose(): void }) {
  const [search, setSearch] = useState("");
  const [index, setIndex] = useState(0);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const wanted = search.toLowerCase().split(/\s+/);
  const found = entries(pages)
    .filter(({ title }) => wanted.every((word) => title.toLowerCase().includes(word)))
    .slice(0, MAX_SHOWN);
  const chosen = Math.min(index, found.length - 1);
  const run = (entry: Entry | undefined): void => {
    onClose();
    entry?.run();
  };
  return (
    <dialog ref={dialog} class="palette" onClose={onClose} aria-label={texts.value.common.palette}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          run(found[chosen]);
        }}
      >
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="palette-entries"
          aria-activedescendant={found.length === 0 ? undefined : `palette-${chosen}`}
          aria-label={texts.value.common.palette}
          placeholder={texts.value.common.palette}
          value={search}
          onInput={({ currentTarget }) => {
            setSearch(currentTarget.value);
            setIndex(0);
          }}
          onKeyDown={(event) => {
            const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
            if (step === 0 || found.length === 0) return;
            event.preventDefault();
            setIndex((chosen + step + found.length) % found.length);
          }}
        />
      </form>
      <div id="palette-entries" role="listbox" aria-label={texts.value.common.palette}>
        {found.map((entry, number) => (
          <button
            key={entry.title}
            id={`palette-${number}`}
            type="button"
            role="option"
            tabIndex={-1}
            aria-selected={number === chosen}
            onClick={() => run(entry)}
          >
            <Icon name={entry.icon} size={16} /> <span>{entry.title}</span>
          </button>
        ))}
      </div>
    </dialog>
  );
}

function entries(pages: readonly PalettePage[]): Entry[] {
  const words = texts.value.containers;
  const mayChange = !session.value?.readOnly && currentEngine.value !== "";
  const all = containers.value ?? [];
  return [
    ...pages.map(({ name, title, icon }) => ({ title, icon, run: () => go(linkTo(name)) })),
    ...(mayChange ? [{ title: words.new, icon: "plus" as const, run: () => go(linkTo("run")) }] : []),
    ...all.map((container) => ({
      title: `${texts.value.pages.containers}: ${nameOf(container)}`,
      icon: "container" as const,
      run: () => go(linkTo("containers", [container.Id])),
    })),
    ...(images.value ?? []).map((image) => ({
      title: `${texts.value.pages.images}: ${titleOf(image)}`,
      icon: "image" as const,
      run: () => go(linkTo("images", [image.Id])),
    })),
    ...(mayChange
      ? all.flatMap((container) =>
          actionsFor(container.State).map((action) => ({
            title: `${words[action]}: ${nameOf(container)}`,
            icon: actionIcons[action],
            run: () => void attempt(`${words[action]} ${nameOf(container)}`, () => act(action, container.Id)),
          })),
        )
      : []),
  ];
}
