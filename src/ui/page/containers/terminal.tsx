// A terminal: for a new process in the container (exec), or for its main process (attach).
import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ContainerInspect } from "../../../api/containers.ts";
import type { CreateExecAnswer, CreateExecRequest } from "../../../api/exec.ts";
import { frames } from "../../../client/streams.ts";
import { post, type Query } from "../engine/requests.ts";
import { EngineStream } from "../engine/stream.ts";
import { texts } from "../texts/index.ts";
import { words as splitWords } from "./words.ts";

/** Starts the best shell of the image. */
const SHELL = ["sh", "-c", "command -v bash >/dev/null && exec bash || exec sh"];

interface Session {
  stream: EngineStream;
  resize(size: Query): Promise<unknown>;
  /** Whether the process has a TTY, which echoes and edits lines itself. */
  tty: boolean;
}

type Kind = "exec" | "attach";

export function TerminalTab({ container }: { container: ContainerInspect }) {
  const [kind, setKind] = useState<Kind>("exec");
  const [line, setLine] = useState("");
  const [user, setUser] = useState("");
  const [run, setRun] = useState(0);
  const [status, setStatus] = useState("");
  const words = texts.value.terminal;
  if (!container.State.Running) return <p class="quiet">{words.notRunning}</p>;
  return (
    <section class="terminal-tab">
      <form
        class="toolbar"
        onSubmit={(event) => {
          event.preventDefault();
          setRun(run + 1);
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
              placeholder={words.user}
              aria-label={words.user}
              value={user}
              onInput={({ currentTarget }) => setUser(currentTarget.value)}
            />
          </>
        )}
        <button type="submit" class="primary">
          {words.connect}
        </button>
        {kind === "attach" && <span class="quiet">{words.detach}</span>}
        <span role="status" class="quiet">
          {status}
        </span>
      </form>
      {run > 0 && (
        <Screen
          key={run}
          open={(size) =>
            kind === "attach"
              ? attach(container)
              : exec(container.Id, line === "" ? SHELL : splitWords(line), user, size)
          }
          onStatus={setStatus}
        />
      )}
    </section>
  );
}

interface ScreenProps {
  open(size: [number, number]): Promise<Session>;
  onStatus(text: string): void;
}

function Screen({ open, onStatus }: ScreenProps) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!element.current) return;
    const terminal = new Terminal({
      cursorBlink: true,
      fontSize: 13,
      screenReaderMode: true,
      theme: { background: "#0d1117" },
    });
    const fit = new FitAddon();
    terminal.loadAddon(fit);
    terminal.open(element.current);
    fit.fit();
    terminal.focus();
    const observer = new ResizeObserver(() => fit.fit());
    observer.observe(element.current);
    let session: Session | undefined;
    let isGone = false;
    const encoder = new TextEncoder();
    terminal.onData((data) => session?.stream.write(encoder.encode(session.tty ? data : echo(terminal, data))));
    terminal.onBinary((data) => session?.stream.write(Uint8Array.from(data, (character) => character.charCodeAt(0))));
    terminal.onResize(({ cols, rows }) => void session?.resize({ h: rows, w: cols }).catch(() => {}));
    const run = async (): Promise<void> => {
      onStatus(texts.value.terminal.connecting);
      session = await open([terminal.rows, terminal.cols]);
      if (isGone) session.stream.close();
      const { multiplexed } = await session.stream.opened;
      onStatus(texts.value.terminal.connected);
      await session.resize({ h: terminal.rows, w: terminal.cols }).catch(() => {});
      terminal.options.convertEol = !session.tty;
      for await (const bytes of multiplexed ? payloads(session.stream) : session.stream) {
        await new Promise<void>((resolve) => terminal.write(bytes, resolve));
      }
    };
    run().then(
      () => onStatus(isGone ? "" : texts.value.terminal.ended),
      (thrown: unknown) => onStatus(isGone ? "" : thrown instanceof Error ? thrown.message : String(thrown)),
    );
    return () => {
      isGone = true;
      observer.disconnect();
      session?.stream.close();
      terminal.dispose();
    };
  }, []);
  return <div class="terminal-frame" ref={element} />;
}

async function exec(id: string, command: string[], user: string, size: [number, number]): Promise<Session> {
  const request: CreateExecRequest = {
    Cmd: command,
    Tty: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    ConsoleSize: size,
    Env: ["TERM=xterm-256color"],
    ...(user !== "" && { User: user }),
  };
  const answer = await post<CreateExecAnswer>(`/containers/${id}/exec`, { json: request });
  const path = `/exec/${answer?.Id ?? ""}`;
  return {
    stream: new EngineStream(`${path}/start`, { tty: true }),
    resize: (query) => post(`${path}/resize`, { query }),
    tty: true,
  };
}

async function attach({ Id, Config }: ContainerInspect): Promise<Session> {
  const query = { stream: true, stdin: Config.OpenStdin ?? false, stdout: true, stderr: true, logs: true };
  const tty = Config.Tty ?? false;
  return {
    stream: new EngineStream(`/containers/${Id}/attach`, query),
    resize: (size) => (tty ? post(`/containers/${Id}/resize`, { query: size }) : Promise.resolve()),
    tty,
  };
}

/** Without a TTY, input is echoed here. */
function echo(terminal: Terminal, data: string): string {
  const text = data.replaceAll("\r", "\n");
  terminal.write(text);
  return text;
}

async function* payloads(stream: EngineStream): AsyncGenerator<Uint8Array> {
  for await (const { payload } of frames(stream)) yield payload;
}
