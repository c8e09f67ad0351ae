// The placeholder of an empty list: the reason, and a command to try.
export function Empty({ text, command }: { text: string; command?: string }) {
  return (
    <div class="empty card">
      <p>{text}</p>
      {command !== undefined && <code>{command}</code>}
    </div>
  );
}
