// Completion script for bash 4.4 or later; needs no bash-completion package.
import { shellName } from "./shell-name.ts";

export function bashScript(program: string): string {
  const name = shellName(program);
  return `# bash completion for ${program}

_${name}_complete() {
    local line=\${COMP_LINE:0:COMP_POINT} words=() word index
    # bash takes words apart at ":" and "=", ${program} does not: what has no space between belongs together.
    for ((index = 0; index <= COMP_CWORD; index++)); do
        word=\${COMP_WORDS[index]}
        local rest=\${line#"\${line%%[![:space:]]*}"}
        ((index == COMP_CWORD)) && word=$rest
        if ((index > 0)) && [[ $line == "$rest" && -n $rest ]]; then
            words[-1]+=$word
        else
            words+=("$word")
        fi
        line=\${rest#"$word"}
    done

    local candidates directive
    mapfile -t candidates < <("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null)
    ((\${#candidates[@]} > 0)) || return
    directive=\${candidates[-1]#:}
    unset 'candidates[-1]'

    # What readline keeps of the word in front of the cursor is not repeated.
    local value=\${words[-1]} kept=
    [[ $value == --*=* ]] && value=\${value#*=}
    [[ $COMP_WORDBREAKS == *:* && $value == *:* ]] && kept=\${value%"\${value##*:}"}
    [[ $COMP_WORDBREAKS == *=* && $value == *=* ]] && kept=\${value%"\${value##*[=:]}"}

    COMPREPLY=()
    local candidate text description
    for candidate in "\${candidates[@]}"; do
        text=\${candidate%%$'\\t'*}
        description=\${candidate#"$text"}
        text=\${text#"$kept"}
        # A list that is only shown, not typed, says what each one is.
        if ((COMP_TYPE == 63 && \${#candidates[@]} > 1)) && [[ -n $description ]]; then
            printf -v text '%-24s  (%s)' "$text" "\${description#$'\\t'}"
            text=\${text:0:\${COLUMNS:-80}}
        fi
        COMPREPLY+=("$text")
    done
    ((directive & 2)) && compopt -o nospace
    if ((directive & 16)); then
        compopt -o dirnames
    elif ! ((directive & 4)); then
        compopt -o default
    fi
}

complete -F _${name}_complete ${program}
`;
}
