// Terminals of a container: new processes in it (exec), or its main process (attach), several at a time.
import { useEffect, useState } from "preact/hooks";
import type { ContainerInspect } from "../../../api/containers.ts";
import { Icon } from "../parts/icon.tsx";
import { texts } from "../texts/index.ts";
import { Screen } from "./screen.tsx";
import { attach, exec, type Session } from "./sessions.ts";
import { words as splitWords } from "./words.ts";

/** Starts the best shell of the image. */
const SHELL = ["sh", "-c", "command -v bash >/dev/null && exec bash || exec sh"];

type Kind = "exec" | "attach";

interface Opened {
  number: number;
  title: string;
  status: string;
  open(size: [number, number]): Promise<Session>;
}

export function TerminalTab({ container, hidden }: { container: ContainerInspect; hidden: boolean }) {
  const [kind, setKind] = useState<Kind>("exec");
  const [line, setLine] = useState("");
  const [user, setUser] = useState("");
  const [opened, setOpened] = useState<readonly Opened[]>([]);
  const [chosen, setChosen] = useState(0);
  const words = texts.value.terminal;
  const isRunning = container.State.Running;
  const connect = (): void => {
    const number = (opened.at(-1)?.number ?? 0) + 1;
    const command = line === "" ? SHELL : splitWords(line);
    const title = kind === "attach" ? words.main : line || words.shell;
    const open = (size: [number, number]): Promise<Session> =>
      kind === "attach" ? attach(container) : exec(container.Id, command, user, size);
    setOpened([...opened, { number, title, status: "", open }]);
    setChosen(number);
  };
  // A shell is what the tab is opened for.
  useEffect(() => {
    if (isRunning && opened.length === 0) connect();
  }, [isRunning]);
  const close = (number: number): void => {
    const left = opened.filter((session) => session.number !== number);
    setOpened(left);
    if (chosen === number) setChosen(left.at(-1)?.number ?? 0);
  };
  const setStatus = (number: number, status: string): void =>
    setOpened((known) => known.map((session) => (session.number === number ? { ...session, status } : session)));
  if (!isRunning && opened.length === 0)
    return (
      <p class="quiet" hidden={hidden}>
        {words.notRunning}
      </p>
    );
  return (
    <section class="terminal-tab" hidden={hidden}>
      <form
        class="toolbar"
        onSubmit={(event) => {
          event.preventDefault();
          connect();
        }}
      >
        <select
          aria-label={words.kind}
          value={kind}
          onChange={({ currentTarget }) => setKind(currentTarget.value === "attach" ? "attach" : "exec")}
        >
          <option value="exec">{words.exec}</option>
          <option value="attach">{words.attach}</option>
        </select>
        {kind === "exec" && (
          <>
            <input
              placeholder={words.command}
              aria-label={words.command}
              value={line}
              onInput={({ currentTarget }) => setLine(currentTarget.value)}
            />
            <input
              class="wide"
              placeholder={words.user}
              aria-label={words.user}
              value={user}
              onInput={({ currentTarget }) => setUser(currentTarget.value)}
            />
          </>
        )}
        <button type="submit" disabled={!isRunning}>
          <Icon name="plus" size={15} /> {words.connect}
        </button>
        {kind === "attach" && <span class="quiet">{words.detach}</span>}
        <span class="space" />
        <span role="status" class="quiet">
          {opened.find(({ number }) => number === chosen)?.status}
        </span>
      </form>
      {opened.length > 1 && (
        <div class="terminal-tabs">
          {opened.map(({ number, title }) => (
            <span key={number}>
              <button type="button" class="plain" aria-pressed={number === chosen} onClick={() => setChosen(number)}>
                <Icon name="terminal" size={15} /> {`${number}: ${title}`}
              </button>
              <button
                type="button"
                class="plain"
                aria-label={`${texts.value.common.close} ${number}: ${title}`}
                onClick={() => close(number)}
              >
                <Icon name="close" size={13} />
              </button>
            </span>
          ))}
        </div>
      )}
      <div class="terminal-screens">
        {opened.map(({ number, open }) => (
          <Screen
            key={number}
            open={open}
            hidden={hidden || number !== chosen}
            onStatus={(status) => setStatus(number, status)}
          />
        ))}
      </div>
    </section>
  );
}
