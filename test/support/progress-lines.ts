// The lines of a progress stream, as the API's clients see them.

export interface ProgressLine {
  id?: string;
  status?: string;
  stream?: string;
  error?: string;
  aux?: { Tag: string; Digest: string; Size: number; ID?: string };
  errorDetail?: { code?: number; message: string };
}

/** Every line of an answer; for one that failed at once, its message as the only one. */
export async function progressLines(answer: Response): Promise<ProgressLine[]> {
  const text = await answer.text();
  if (!answer.ok) return [{ error: JSON.parse(text).message }];
  return text
    .split("\r\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** "id: status" of each line. */
export const statusesOf = (lines: readonly ProgressLine[]): string[] =>
  lines.map(({ id, status = "" }) => (id === undefined ? status : `${id}: ${status}`));

/** The value of X-Registry-Auth. */
export const authHeader = (credentials: { name: string; password: string } | undefined): Record<string, string> => {
  if (!credentials) return {};
  const { name: username, password } = credentials;
  return { "X-Registry-Auth": Buffer.from(JSON.stringify({ username, password })).toString("base64url") };
};
