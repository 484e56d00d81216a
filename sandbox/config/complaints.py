"""From Hydra's and OmegaConf's errors to one line each: the key, what was expected, what was given, and what to type."""

import re
import sys
from collections.abc import Callable, Iterator

from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from sandbox.config.hints import key_hint, name_hint
from sandbox.config.names import LISTS, groups, keys, keys_that_take, options_of
from sandbox.config.schema import TEXT, keys_with

EXTRAS = ("ray", "slurm", "submitit_local", "submitit_slurm")


def one_line(error: BaseException) -> str:
    """What Hydra or OmegaConf complains about, as one line."""
    text = str(error)
    cause = error.__cause__
    if isinstance(cause, OmegaConfBaseException):
        text = f"{text}\n{cause}"
    for pattern, words in _PATTERNS:
        match = re.search(pattern, text, re.DOTALL)
        if match:
            return words(*match.groups())
    return " ".join(text.split())


def unknown_key(key: str) -> str:
    """A key that the schema does not have."""
    if key.startswith("trial."):
        return f"{key}: no such key yet; an experiment's own keys are added with a plus sign: +{key}=VALUE"
    if key in groups():
        return f"{key}: a prepared sweep is added with a plus sign: +{key}={_value_of(key) or 'NAME'}"
    return f"{key}: no such key{key_hint(key, [*keys(), *groups(), 'hydra/launcher'])}"


def unreadable(word: str) -> str:
    """An argument that is no override: what is wrong with it, and the spelling that works."""
    key, equals, value = word.partition("=")
    key = key.lstrip("+~")
    if not equals:
        return _no_override(word)
    if not key:
        return f"{word}: expected key=value, got no key; --help lists them"
    reason, remedy = _fault_in(key, value)
    return f"{key}: expected a value that can be read, got {value!r} with {reason}; write {remedy}"


def _unparsable() -> Iterator[str]:
    """What was typed that Hydra cannot parse by itself; its own message names only a sign."""
    from hydra.core.override_parser.overrides_parser import OverridesParser

    for word in sys.argv[1:]:
        if word.startswith("="):
            yield word
        elif not word.startswith("-"):
            try:
                OverridesParser.create().parse_override(word)
            except HydraException:
                yield word


def _no_override(word: str) -> str:
    if word in options_of("experiment"):
        remedy = f"write -m +experiment={word}"
    elif takers := keys_that_take(word):
        remedy = "write " + " or ".join(f"{key}={word}" for key in takers)
    elif word in {*keys(), *groups()}:
        remedy = f"write {word}=VALUE"
    elif (parts := re.fullmatch(r"([\w.]+):\s*(.+)", word)) and parts[1] in keys():
        remedy = f"write {parts[1]}={parts[2]}"
    else:
        remedy = "--help lists the keys"
    return f"{word}: expected key=value, got a word without '='; {remedy}"


def _fault_in(key: str, value: str) -> tuple[str, str]:
    """What is wrong with a value, and how to write the argument."""
    inner = value.strip("()[]{}'\",= ")
    if key in LISTS and (key != "activation" or value[:1] in "[(") and re.fullmatch(r"[\w, ]*", inner):
        quoted = f"'{key}=[{','.join(inner.replace(' ', ',').split(','))}]'"
    else:
        quoted = f"{key}={inner}" if re.fullmatch(r"[\w.+-]+", inner) else f"'{key}=\"{inner}\"'"
    for opening, closing in ("[]", "()", "{}"):
        if value.count(opening) != value.count(closing):
            missing = "opened" if value.count(opening) < value.count(closing) else "closed"
            if call := re.fullmatch(r"(range|choice|glob|interval)\((.*)", value.rstrip(")")):
                quoted = f"'{key}={call[1]}({call[2]})'"
            return f"a bracket that is not {missing}", quoted
    for sign in "'\"":
        if value.count(sign) % 2:
            return "a quote that is not closed", quoted
    if value.startswith("="):
        return "two equal signs", quoted
    if value.endswith(",") or value.startswith(",") or ",," in value:
        values = ",".join(filter(None, value.split(",")))
        return "a comma that nothing follows", f"{key}={values}"
    return "signs that have a meaning here", quoted


def _wrong_type(value: str, wanted: str, key: str) -> str:
    remedy = ""
    if wanted in ("Float", "Integer") and (span := re.fullmatch(r"(-?\d+)(?:-|\.\.|:)(-?\d+)", value)):
        remedy = f"; for a sweep write -m '{key}=range({span[1]},{int(span[2]) + 1})'"
    elif wanted in ("Float", "Integer") and re.fullmatch(r"-?\d+,\d+", value):
        remedy = "; a decimal point is a point"
    return f"{key}: expected {_TYPES.get(wanted, wanted)}, got {value!r}{remedy}"


def _unknown_option(group: str, option: str) -> str:
    if group == "hydra/launcher":
        hint = " try: pip install -c constraints.txt -e '.[ray]'" if option in EXTRAS else " leave it out for basic"
        return f"{group}: expected one that is installed (basic, cores, joblib; ray and slurm are extras), got {option!r};{hint}"
    if group not in groups():
        return f"{group}/{option}: no such group or option; see --help"
    return f"{group}: expected a known name, got {option!r}{name_hint(option, options_of(group))}"


def _no_list(kind: str, key: str) -> str:
    given = _value_of(key)
    items = re.sub(r"[-x×]", ",", given) if re.fullmatch(r"\w+([-x×]\w+)*", given) else "..."
    return f"{key}: expected a list, got {given or kind}; write '{key}=[{items}]'"


def _value_of(key: str) -> str:
    """What was typed for a key; "" where nothing was."""
    return next(_values_of(key), "")


def _values_of(key: str) -> Iterator[str]:
    return (word.partition("=")[2] for word in sys.argv if word.partition("=")[0].lstrip("+") == key)


def _several(key: str, values: str) -> str:
    remedies = ["add -m to sweep over them"]
    if key in keys_with(TEXT):  # Hydra has seen it in quotes
        values = next((given for given in _values_of(key) if "," in given), values)
        remedies.append(f"put it in quotes twice: \"{key}='{values}'\"")
    elif key in LISTS:
        remedies.append(f"write '{key}=[{values}]' for a list")
    elif re.fullmatch(r"-?\d+,\d+", values):
        remedies.append(f"write {key}={values.replace(',', '.')} with a point for one number")
    return f"{key}: expected one value, got {values}; {', or '.join(remedies)}"


def _one_kind_of_value(key: str) -> str:
    below = [known for known in keys() if known.startswith(f"{key}.")]
    expected = f"keys below it, such as {below[0]}=VALUE" if below else "another kind of value"
    return f"{key}: expected {expected}, got {_value_of(key) or 'something else'}; see --help"


_TYPES = {
    "bool": "true or false",
    "Integer": "an integer",
    "Float": "a number",
    "Boolean": "true or false",
    "String": "a text",
}

_PATTERNS: list[tuple[str, Callable[..., str]]] = [
    (r"Could not find '([^']*)/([^'/]*)'", _unknown_option),
    (r"Value '(.*?)' of type '.*?' could not be converted to (\w+).*?full_key: (\S+)", _wrong_type),
    (r"Value '(.*?)' \(?\w*\)? ?could not be converted to (\w+).*?full_key: (\S+)", _wrong_type),
    (r"Value '(.*?)' is not a valid (bool) .*?full_key: (\S+)", _wrong_type),
    (r"Error parsing override '(.*?)'\n", unreadable),
    (
        r"(?:Lexer\w*Exception|no viable alternative|mismatched input|missing EQUAL|extraneous input|token recognition)",
        lambda: next(map(unreadable, _unparsable()), "expected arguments of the form key=value, got something else"),
    ),
    (
        r"Config group override must be",
        lambda: next(
            map(unreadable, _unparsable()), "a group such as dataset or init: expected a name, got null; see --help"
        ),
    ),
    (
        r"field '([^']+)' is not Optional",
        lambda key: f"{key}: expected a value, got null; leave it out for its default",
    ),
    (
        r"Sweep parameters '([^'=]+)=(.*?)' requires --multirun",
        lambda key, value: f"{key.lstrip('+')}: expected one value, got {value}; add -m to sweep over them",
    ),
    (
        r"An item is already at '([^']+)'",
        lambda key: f"{key}: expected no plus sign, since the key is there already; write {key}={_value_of(key)}",
    ),
    (r"Could not override '([^']+)'", unknown_key),
    (r"Key '([^']+)' not in '\w+'", unknown_key),
    (r"Key '([^']+)' is not in struct", unknown_key),
    (r"value assigned: (\w+) is not a ListConfig.*?full_key: (\S+)", _no_list),
    (r"Ambiguous value for argument '([^'=]+)=([^']*)'", _several),
    (r"(?:Cannot|Invalid) .*?value.*?\n?.*?full_key: (\S+)", _one_kind_of_value),
]
