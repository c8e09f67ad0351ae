// Completion for zsh.
import { shellName } from "./shell-name.ts";

export function zshScript(program: string): string {
  const name = shellName(program);
  return `#compdef ${program}
# zsh completion for ${program}

_${name}() {
    local -a lines described options
    local line directive text description
    lines=("\${(@f)$("\${(Q)words[1]}" __complete "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)}")
    (( $#lines )) || return 1
    directive=\${lines[-1]#:}
    lines[-1]=()
    for line in $lines; do
        text=\${line%%$'\\t'*}
        description=\${line#$text}
        described+=("\${text//:/\\\\:}\${description:+:\${description#$'\\t'}}")
    done
    (( directive & 2 )) && options+=(-S '')
    [[ $PREFIX == --*=* ]] && compset -P '*='
    if (( $#described )); then
        _describe -t ${name} '${program}' described $options
    elif (( directive & 16 )); then
        _files -/
    elif (( ! (directive & 4) )); then
        _files
    fi
}

# Sourced it registers itself; found in $fpath it is the function's body.
if [[ $funcstack[1] == _${name} ]]; then
    _${name} "$@"
else
    compdef _${name} ${program}
fi
`;
}
