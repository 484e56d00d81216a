"""Tab completion of verbs, keys and their values, for bash and zsh: for `sandbox` and for `python -m sandbox.VERB`.

eval "$(sandbox completion bash)"           from now on in this shell; in ~/.bashrc from the next one on
eval "$(sandbox completion zsh)"            the same for ~/.zshrc
"""

import sys
from pathlib import Path

from sandbox.launch.command import Parser, answer

from sandbox.config.names import TABLES, TOLD_BY_PARENT, groups, keys, names_of, options_of
from sandbox.system.errors import InputError

VERBS = sorted(file.stem for file in Path(__file__).parent.glob("[!_]*.py"))
SHELLS = {"bash": "", "zsh": "autoload -U +X compinit bashcompinit && compinit && bashcompinit\n"}
FLAGS = {"run": "-m --help --dry-run", "study": "--all --quick --ledger --help"}

SCRIPT = r"""
_sandbox_values() {
    case "$1" in
%(values)s
    esac
}
_sandbox() {
    local line="${COMP_LINE:0:$COMP_POINT}" verb="" word current candidates key before
    current="${line##*[[:space:]]}"
    for word in $line; do
        case " %(verbs)s " in *" ${word#sandbox.} "*) [ "$word" != "$current" ] && verb="${word#sandbox.}" && break ;; esac
    done
    COMPREPLY=()
    if [ -z "$verb" ]; then
        case "$line" in
            *" -m "*) candidates="%(modules)s" ;;
            *) candidates="%(verbs)s" ;;
        esac
    elif [[ "$current" == *=* ]]; then
        key="${current%%%%=*}" before="${current%%%%=*}="
        [[ "$current" == *,* ]] && before="${current%%,*},"
        candidates=""
        for word in $(_sandbox_values "${key#+}"); do candidates="$candidates $before$word"; done
    else
        candidates="$(_sandbox_values ":$verb")"
    fi
    COMPREPLY=($(compgen -W "$candidates" -- "$current"))
    # bash has the word broken at "=", and wants what comes after it
    if [ -n "$BASH_VERSION" ] && [[ "$current" == *=* && "$COMP_WORDBREAKS" == *=* ]]; then
        COMPREPLY=("${COMPREPLY[@]#"${current%%%%=*}="}")
    fi
    [ ${#COMPREPLY[@]} -eq 1 ] && [[ "${COMPREPLY[0]}" == *= ]] && compopt -o nospace 2>/dev/null
    return 0
}
_sandbox_python() {
    [[ "${COMP_LINE:0:$COMP_POINT}" == *" -m sandbox."* ]] && _sandbox
    return 0
}
complete -o nosort -F _sandbox sandbox 2>/dev/null || complete -F _sandbox sandbox
complete -o default -F _sandbox_python python python3
"""


def main() -> None:
    """Print the script; exit code 0, or 2 for a mistake in the command."""
    answer(_main)


def _main() -> None:
    typed = Parser("completion", __doc__, words="SHELL", keys=()).read()
    if len(typed.words) != 1 or typed.words[0] not in SHELLS:
        raise InputError(f"completion: expected {' or '.join(SHELLS)}, got {' '.join(typed.words) or 'none'}")
    sys.stdout.write(script(typed.words[0]))


def script(shell: str) -> str:
    """What the shell evaluates: everything is in it, so that a key stroke starts no Python."""
    told = {
        ":run": [
            *FLAGS["run"].split(),
            "+experiment=",
            *(f"{key}=" for key in keys() if key not in TOLD_BY_PARENT),
        ]
    }
    experiments = options_of("experiment")
    for verb in VERBS:
        told.setdefault(f":{verb}", FLAGS.get(verb, "--help").split())
    told[":study"] += experiments
    told[":list"] += experiments
    told[":completion"] += SHELLS
    told |= {group: options_of(group) for group in groups()}
    told |= {key: names_of(key) for key in TABLES}
    told |= {"hydra/launcher": ["basic", "cores", "joblib"]}
    values = "\n".join(f"        {key}) echo {' '.join(found)} ;;" for key, found in told.items())
    verbs = " ".join(VERBS)
    modules = " ".join(f"sandbox.{verb}" for verb in VERBS)
    return SHELLS[shell] + SCRIPT % {"values": values, "verbs": verbs, "modules": modules}


if __name__ == "__main__":
    main()
