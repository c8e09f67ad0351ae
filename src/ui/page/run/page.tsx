// The form for a new container, and the equivalent `berth run` command line; either can be edited.
import { useState } from "preact/hooks";
import type { CreateContainerAnswer } from "../../../api/containers.ts";
import { words as splitWords } from "../containers/words.ts";
import { post, RequestError, session } from "../engine/requests.ts";
import { Empty } from "../parts/empty.tsx";
import { attempt, notify } from "../parts/toast.tsx";
import { registryHeaders, runWithProgress, splitReference } from "../progress/lines.ts";
import { type Work, WorkProgress } from "../progress/view.tsx";
import { go, linkTo, route } from "../routing.ts";
import { texts } from "../texts/index.ts";
import { lineOf, listFlags, noSettings, type RunSettings, requestOf, settingsOf, textFlags, toggles } from "./line.ts";

export function RunPage() {
  const given = route.value.query.get("line");
  const [settings, setSettings] = useState(() => parsed(given ?? "") ?? noSettings);
  /** The edited command line while it differs from the form. */
  const [typed, setTyped] = useState<string>();
  const [command, setCommand] = useState(() => lineOfCommand(settings.command));
  const [problem, setProblem] = useState("");
  const [work, setWork] = useState<Work>();
  const words = texts.value.run;
  if (session.value?.readOnly) return <Empty text={texts.value.engine.readOnly} />;
  const change = (changes: Partial<RunSettings>): void => {
    setSettings({ ...settings, ...changes });
    setTyped(undefined);
    setProblem("");
  };
  const read = (line: string): void => {
    setTyped(line);
    try {
      const next = settingsOf(line);
      setSettings(next);
      setCommand(lineOfCommand(next.command));
      setProblem("");
    } catch (thrown) {
      setProblem(thrown instanceof Error ? thrown.message : String(thrown));
    }
  };
  const create = async (): Promise<void> => {
    const json = requestOf(settings);
    const query = settings.name === "" ? {} : { name: settings.name };
    const answer = await post<CreateContainerAnswer>("/containers/create", { query, json });
    for (const warning of answer?.Warnings ?? []) notify("bad", warning);
    await post(`/containers/${answer?.Id ?? ""}/start`);
    go(linkTo("containers", [answer?.Id ?? ""]));
  };
  const run = (): Promise<boolean> =>
    attempt(words.title, async () => {
      try {
        await create();
      } catch (thrown) {
        if (!(thrown instanceof RequestError && thrown.status === 404 && /image/i.test(thrown.message))) throw thrown;
        const { repository, tag } = splitReference(settings.image);
        const options = { query: { fromImage: repository, tag }, headers: registryHeaders({}) };
        setWork({
          title: `${texts.value.images.pull}: ${settings.image}`,
          run: async (onLine) => {
            await runWithProgress("/images/create", options, onLine);
            await create();
          },
        });
      }
    });
  return (
    <form
      class="run"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <nav aria-label={texts.value.container.back} class="back">
        <a href={linkTo("containers")}>← {texts.value.pages.containers}</a>
      </nav>
      <div class="heading">
        <h1>{words.title}</h1>
        <span class="space" />
        <button type="submit" class="primary" disabled={settings.image === "" || problem !== ""}>
          {words.submit}
        </button>
      </div>
      <label class="field">
        {words.line}
        <textarea
          class="line"
          rows={2}
          spellcheck={false}
          value={typed ?? lineOf(settings)}
          onInput={({ currentTarget }) => read(currentTarget.value)}
        />
      </label>
      {problem !== "" && (
        <p class="bad" role="alert">
          {problem}
        </p>
      )}
      {work && <WorkProgress work={work} />}
      <div class="fields">
        <Field title={texts.value.containers.image} value={settings.image} onInput={(image) => change({ image })} />
        <Field
          title={texts.value.details.command}
          value={command}
          onInput={(text) => {
            setCommand(text);
            change({ command: parsedWords(text) });
          }}
        />
        {textFlags.map((flag) => (
          <Field
            key={flag}
            title={words.fields[flag]}
            value={settings[flag]}
            onInput={(value) => change({ [flag]: value })}
          />
        ))}
        {([...listFlags, "options"] as const).map((flag) => (
          <label key={flag} class="field">
            {words.fields[flag]}
            <textarea
              rows={3}
              spellcheck={false}
              placeholder={words.examples[flag]}
              value={settings[flag].join("\n")}
              onInput={({ currentTarget }) =>
                change({ [flag]: currentTarget.value === "" ? [] : currentTarget.value.split("\n") })
              }
            />
          </label>
        ))}
      </div>
      <div class="toolbar">
        {toggles.map((flag) => (
          <label key={flag} class="check">
            <input type="checkbox" checked={settings[flag]} onChange={() => change({ [flag]: !settings[flag] })} />
            {words.fields[flag]}
          </label>
        ))}
      </div>
    </form>
  );
}

function Field({ title, value, onInput }: { title: string; value: string; onInput(value: string): void }) {
  return (
    <label class="field">
      {title}
      <input spellcheck={false} value={value} onInput={({ currentTarget }) => onInput(currentTarget.value)} />
    </label>
  );
}

const lineOfCommand = (command: readonly string[]): string =>
  lineOf({ ...noSettings, image: "x", command: [...command] }).replace(/^berth run -d x ?/, "");

function parsed(line: string): RunSettings | undefined {
  try {
    return line === "" ? undefined : settingsOf(line);
  } catch {
    return undefined;
  }
}

/** Until a quote is closed, the input stays one word. */
function parsedWords(text: string): string[] {
  try {
    return splitWords(text);
  } catch {
    return [text];
  }
}
