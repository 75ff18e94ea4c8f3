# SPDX-License-Identifier: MIT
"""libconfig text from Python values: dict = group, list = list, tuple = array."""


def _text(value):
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    for character, escape in (("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r"), ("\f", "\\f")):
        escaped = escaped.replace(character, escape)
    return f'"{escaped}"'


def value_text(value):
    """One value as libconfig writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, dict):
        return "{ " + " ".join(f"{k} = {value_text(v)};" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "( " + ", ".join(map(value_text, value)) + " )"
    if isinstance(value, tuple):
        return "[ " + ", ".join(map(value_text, value)) + " ]"
    raise TypeError(f"no libconfig for {type(value)}")


def document(members):
    """A whole file, one member per line; text is taken as it is."""
    if isinstance(members, str):
        return members
    return "".join(f"{key} = {value_text(value)};\n" for key, value in members.items())
