// Splits and quotes command lines with a shell's rules.

/** @throws Error for an unterminated quote */
export function words(line: string): string[] {
  const found: string[] = [];
  let word: string | undefined;
  for (let index = 0; index < line.length; index++) {
    const character = line[index] ?? "";
    if (character === "'" || character === '"') {
      let text = "";
      for (index++; line[index] !== character; index++) {
        if (index >= line.length) throw new Error(`the quote ${character} is not closed`);
        if (character === '"' && line[index] === "\\" && '"\\$`'.includes(line[index + 1] ?? " ")) index++;
        text += line[index];
      }
      word = (word ?? "") + text;
    } else if (character === "\\" && index + 1 < line.length) {
      index++;
      // A line that continues in the next one.
      if (line[index] !== "\n") word = (word ?? "") + line[index];
    } else if (/\s/.test(character)) {
      if (word !== undefined) found.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (word !== undefined) found.push(word);
  return found;
}

export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
