// The sign-in page.
import { useState } from "preact/hooks";
import { signIn } from "./engine/requests.ts";
import { Mark } from "./sidebar.tsx";
import { texts } from "./texts/index.ts";

export function SignInPage({ password: takesPassword }: { password: boolean }) {
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState("");
  const words = texts.value.signIn;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      await signIn({ password });
    } catch (thrown) {
      setProblem(thrown instanceof Error ? thrown.message : String(thrown));
      setPassword("");
    }
  };
  return (
    <main class="sign-in">
      <div class="card">
        <div class="brand">
          <Mark /> Berth
        </div>
        <h1>{words.title}</h1>
        {takesPassword ? (
          <form onSubmit={submit}>
            <label class="field">
              {words.password}
              <input
                type="password"
                autocomplete="current-password"
                value={password}
                onInput={({ currentTarget }) => setPassword(currentTarget.value)}
              />
            </label>
            {problem !== "" && (
              <p class="bad" role="alert">
                {problem}
              </p>
            )}
            <button type="submit" class="primary">
              {words.submit}
            </button>
          </form>
        ) : (
          <p>{words.useAddress}</p>
        )}
      </div>
    </main>
  );
}
