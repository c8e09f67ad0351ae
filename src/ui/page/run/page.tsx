// The form for a new container, and the equivalent `berth run` command line; either can be edited.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { words as splitWords } from "../containers/words.ts";
import { RequestError, session } from "../engine/requests.ts";
import { images, loadImages } from "../images/list.ts";
import { loadNetworks, networks } from "../networks/list.ts";
import { CopyButton } from "../parts/copy.tsx";
import { Empty } from "../parts/empty.tsx";
import { attempt } from "../parts/toast.tsx";
import { registryHeaders, runWithProgress, splitReference } from "../progress/lines.ts";
import { type Work, WorkProgress } from "../progress/view.tsx";
import { go, linkTo, route } from "../routing.ts";
import { texts } from "../texts/index.ts";
import { createAndStart, replaceContainer } from "./create.ts";
import { takeDraft } from "./draft.ts";
import { lineOf, type listFlags, noSettings, type RunSettings, settingsOf, type textFlags, toggles } from "./line.ts";

const RESTART_POLICIES = ["no", "always", "unless-stopped", "on-failure"] as const;

type TextFlag = (typeof textFlags)[number];
type ListFlag = (typeof listFlags)[number] | "options";

export function RunPage() {
  const [draft] = useState(takeDraft);
  const replaces = draft?.replaces;
  const [settings, setSettings] = useState(
    () => draft?.settings ?? parsed(route.value.query.get("line") ?? "") ?? noSettings,
  );
  /** The edited command line while it differs from the form. */
  const [typed, setTyped] = useState<string>();
  const [command, setCommand] = useState(() => lineOfCommand(settings.command));
  const [problem, setProblem] = useState("");
  const [work, setWork] = useState<Work>();
  useEffect(() => {
    // Only suggestions: the fields take any name.
    void loadImages().catch(() => {});
    void loadNetworks().catch(() => {});
  }, []);
  const words = texts.value.run;
  if (session.value?.readOnly) return <Empty text={texts.value.engine.readOnly} icon="lock" />;
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
    const id = replaces ? await replaceContainer(replaces.id, settings) : await createAndStart(settings);
    go(linkTo("containers", [id]));
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
          run: async (onLine, signal) => {
            await runWithProgress("/images/create", { ...options, signal }, onLine);
            await create();
          },
        });
      }
    });
  const text = (flag: TextFlag) => (
    <Field title={words.fields[flag]} hint={words.hints[flag]}>
      <input
        spellcheck={false}
        value={settings[flag]}
        placeholder={words.placeholders[flag]}
        list={flag === "network" ? "run-networks" : undefined}
        onInput={({ currentTarget }) => change({ [flag]: currentTarget.value })}
      />
    </Field>
  );
  const list = (flag: ListFlag) => (
    <Field title={words.fields[flag]} across>
      <textarea
        rows={Math.max(2, settings[flag].length)}
        spellcheck={false}
        placeholder={words.examples[flag]}
        value={settings[flag].join("\n")}
        onInput={({ currentTarget }) =>
          change({ [flag]: currentTarget.value === "" ? [] : currentTarget.value.split("\n") })
        }
      />
    </Field>
  );
  const line = typed ?? lineOf(settings);
  const title = replaces ? words.replacing(replaces.name) : words.title;
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
        <h1>{title}</h1>
        <span class="space" />
        <button type="submit" class="primary" disabled={settings.image === "" || problem !== ""}>
          {replaces ? words.replace : words.submit}
        </button>
      </div>
      {replaces && <div class="notice">{words.replaceHint}</div>}
      <section class="card padded">
        <div class="card-title">
          <h2 id="run-line">{words.line}</h2>
          <CopyButton text={line} what={texts.value.details.command} />
        </div>
        <textarea
          class="line"
          rows={Math.min(8, Math.max(2, Math.ceil(line.length / 110)))}
          spellcheck={false}
          aria-labelledby="run-line"
          value={line}
          onInput={({ currentTarget }) => read(currentTarget.value)}
        />
        {problem !== "" && (
          <p class="bad" role="alert">
            {problem}
          </p>
        )}
      </section>
      {work && <WorkProgress work={work} onClose={() => setWork(undefined)} />}
      <div class="sections">
        <Section title={words.sections.container}>
          <Field title={texts.value.containers.image} across>
            <input
              spellcheck={false}
              value={settings.image}
              placeholder="nginx:latest"
              list="run-images"
              onInput={({ currentTarget }) => change({ image: currentTarget.value })}
            />
          </Field>
          {text("name")}
          <Field title={words.fields.restart}>
            <RestartSelect value={settings.restart} onChange={(restart) => change({ restart })} />
          </Field>
          <Field title={texts.value.details.command} across>
            <input
              spellcheck={false}
              value={command}
              placeholder={words.placeholders.command}
              onInput={({ currentTarget }) => {
                setCommand(currentTarget.value);
                change({ command: parsedWords(currentTarget.value) });
              }}
            />
          </Field>
          {text("entrypoint")}
          {text("workdir")}
          {text("user")}
        </Section>
        <Section title={words.sections.network}>
          {text("network")}
          {text("hostname")}
          {list("publish")}
        </Section>
        <Section title={words.sections.storage}>{list("volume")}</Section>
        <Section title={words.sections.environment}>
          {list("env")}
          {list("label")}
        </Section>
        <Section title={words.sections.limits}>
          {text("memory")}
          {text("cpus")}
        </Section>
        <Section title={words.sections.more}>
          <div class="checks across">
            {toggles.map((flag) => (
              <label key={flag} class="check">
                <input type="checkbox" checked={settings[flag]} onChange={() => change({ [flag]: !settings[flag] })} />
                {words.fields[flag]}
              </label>
            ))}
          </div>
          {list("options")}
        </Section>
      </div>
      <datalist id="run-images">
        {(images.value ?? [])
          .flatMap(({ RepoTags }) => RepoTags)
          .map((tag) => (
            <option key={tag} value={tag} />
          ))}
      </datalist>
      <datalist id="run-networks">
        {(networks.value ?? []).map(({ Name }) => (
          <option key={Name} value={Name} />
        ))}
      </datalist>
    </form>
  );
}

function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="card padded">
      <h2>{title}</h2>
      <div class="fields">{children}</div>
    </section>
  );
}

function Field({
  title,
  hint,
  across = false,
  children,
}: {
  title: string;
  hint?: string | undefined;
  across?: boolean;
  children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children
    <label class={across ? "field across" : "field"} title={hint}>
      {title}
      {children}
    </label>
  );
}

/** The usual policies; one with a number of retries is offered while it is set. */
function RestartSelect({ value, onChange }: { value: string; onChange(value: string): void }) {
  const isUsual = value === "" || RESTART_POLICIES.some((policy) => policy === value);
  return (
    <select
      value={value === "" ? "no" : value}
      onChange={({ currentTarget }) => onChange(currentTarget.value === "no" ? "" : currentTarget.value)}
    >
      {RESTART_POLICIES.map((policy) => (
        <option key={policy}>{policy}</option>
      ))}
      {!isUsual && <option>{value}</option>}
    </select>
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
