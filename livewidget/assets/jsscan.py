"""Find the exports and imports of a JavaScript module, as far as its text is unambiguous."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

#: The length in characters above which a module is not scanned, since that takes long.
TOO_LONG = 256 * 1024

_SPACE = re.compile(r"(?:\s|\ufeff|//[^\n\r\u2028\u2029]*|/\*.*?\*/)+", re.DOTALL)
_STRING = re.compile(r""""(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*'""", re.DOTALL)
_TEMPLATE = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*(`|\$\{)", re.DOTALL)
_PATTERN = re.compile(r"/(?:[^/\\\[\n\r]|\\.|\[(?:[^\]\\\n\r]|\\.)*\])+/[\w$]*")
_WORD = re.compile(r"(?:[\w$#]|\\u[0-9a-fA-F]{4}|\\u\{[0-9a-fA-F]+\})+")
_NUMBER = re.compile(r"\.?[0-9][\w.]*")
_SIGN = re.compile(r"\?\.(?![0-9])|\+\+|--|=>|\.\.\.|[!-/:-@\[-`{-~]")

#: Words after which a slash begins a regular expression, not a division.
_BEFORE_PATTERN = {
    *("return", "typeof", "case", "do", "else", "in", "instanceof", "new", "void", "delete"),
    *("throw", "await", "yield", "default", "extends", "export"),
}
_HEADS = {"if", "while", "for", "with"}
_PAIRS = {")": "(", "]": "[", "}": "{"}

_EXPORT = re.compile(r"\bexport\s*(?:[{*]|\s(?:default|class|const|let|var|function|async)\b)")

#: Fast, and finds too much: comments are not excluded.
_MENTIONED = re.compile(r"""(?:\bfrom|\bimport)\s*(?:"([^"\\\n]+)"|'([^'\\\n]+)')""")


class Scan(NamedTuple):
    """The top level of a module.

    @ivar exports: the exported names, or L{None} if they are not certain.
    @ivar classes: the names of the declared classes.
    @ivar imports: the specifiers of imports, as they are written.
    """

    exports: frozenset[str] | None
    classes: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()


@lru_cache(maxsize=512)
def scan(source: bytes) -> Scan:
    """Scan a module. For code that is ambiguous or is not JavaScript, C{exports} is L{None}."""
    text = source.decode("utf-8", "replace")
    if len(text) > TOO_LONG:
        return Scan(None)
    try:
        tokens = [token for token in _Lexer(text).tokens() if token.depth <= 1]
    except _Odd:
        return Scan(None)
    try:
        exports = frozenset(_exports(tokens))
    except _Odd:
        exports = None
    return Scan(exports, frozenset(_classes(tokens)), frozenset(_imports(tokens)))


@lru_cache(maxsize=512)
def mentioned(source: bytes) -> frozenset[str]:
    """Return the specifiers that L{scan} finds in a module, and perhaps more, but fast."""
    found = _MENTIONED.findall(source.decode("utf-8", "replace"))
    return frozenset(double or single for double, single in found)


class _Odd(Exception):
    """The code here may be valid, but the scanner does not understand it."""


class _Token(NamedTuple):
    """A token of the text.

    @ivar kind: C{word}, C{string}, C{value} or C{sign}.
    @ivar depth: the number of brackets around it; a bracket does not count itself.
    """

    kind: str
    text: str
    depth: int


class _Lexer:
    """Splits a module into tokens, so that strings and comments are not mistaken for code."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        # The open brackets, and whether a regular expression may follow the closing one.
        self._open: list[tuple[str, bool]] = []
        self._before = _Token("sign", ";", 0)
        self._beforeThat = self._before
        self._lastClosed = False

    def tokens(self) -> Iterator[_Token]:
        """Yield the tokens, in order.

        @raise _Odd: the scanner does not understand the code.
        """
        if self._text.startswith("#!"):
            self._take(re.compile(r"[^\n\r\u2028\u2029]*"))
        while True:
            space = _SPACE.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at == len(self._text):
                break
            token = self._next(self._text[self._at])
            self._beforeThat, self._before = self._before, token
            yield token
        if self._open:
            raise _Odd

    def _next(self, first: str) -> _Token:
        if first in "\"'":
            return self._token("string", self._literal(_STRING))
        if first == "`":
            self._at += 1
            return self._template()
        if first == "/":
            if self._text[self._at + 1 : self._at + 2] == "*":
                raise _Odd  # a comment that does not end
            if self._patternMayFollow():
                return self._token("value", self._literal(_PATTERN))
        following = self._text[self._at + 1 : self._at + 2]
        if first.isascii() and (first.isdigit() or (first == "." and following.isdigit())):
            return self._token("value", self._take(_NUMBER))
        if _WORD.match(self._text, self._at):
            return self._token("word", self._take(_WORD))
        sign = self._take(_SIGN)
        if sign in ("(", "[", "{"):
            token = self._token("sign", sign)
            self._open.append((sign, sign == "(" and self._isHead()))
            return token
        if sign in _PAIRS:
            return self._close(sign)
        return self._token("sign", sign)

    def _close(self, sign: str) -> _Token:
        opened, self._lastClosed = self._open.pop() if self._open else ("", False)
        if sign == "}" and opened == "${":
            return self._template()
        if opened != _PAIRS[sign]:
            raise _Odd
        return self._token("sign", sign)

    def _template(self) -> _Token:
        found = self._literal(_TEMPLATE)
        if found.endswith("${"):
            token = self._token("sign", "(")
            self._open.append(("${", False))
            return token
        return self._token("value", "`")

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise _Odd
        self._at = found.end()
        return found[0]

    def _literal(self, pattern: re.Pattern[str]) -> str:
        found = self._take(pattern)
        # If this is code, and not a literal after all, its exports would be missing.
        if _EXPORT.search(found):
            raise _Odd
        return found

    def _token(self, kind: str, text: str) -> _Token:
        return _Token(kind, text, len(self._open))

    def _isHead(self) -> bool:
        """Return whether the parenthesis that opens here belongs to C{if}, C{for} or the like."""
        before, beforeThat = self._before, self._beforeThat
        if before.text == "await" and beforeThat.text == "for":
            return True
        return (
            before.kind == "word" and before.text in _HEADS and beforeThat.text not in (".", "?.")
        )

    def _patternMayFollow(self) -> bool:
        """Return whether a slash here begins a regular expression, and is not a division."""
        before = self._before
        if before.kind in ("string", "value") or before.text in ("]", "++", "--"):
            return False
        if before.text in ("}", "of"):
            raise _Odd
        if before.text == ")":
            return self._lastClosed
        if before.kind == "word":
            return before.text in _BEFORE_PATTERN and self._beforeThat.text not in (".", "?.")
        return True


def _starts(tokens: list[_Token], word: str) -> Iterator[int]:
    """Yield the indices of the tokens after a word at the top level."""
    for index, token in enumerate(tokens):
        if token == _Token("word", word, 0) and tokens[index - 1].text not in (".", "?."):
            yield index + 1


def _exports(tokens: list[_Token]) -> Iterator[str]:
    # Padding, so that a next token always exists.
    tokens = [*tokens, *[_Token("sign", ";", 0)] * 3]
    for start in _starts(tokens, "export"):
        yield from _exported(tokens, start)


def _exported(tokens: list[_Token], start: int) -> Iterator[str]:
    """Yield the names of one C{export}."""
    word = tokens[start].text
    if word == "default":
        yield word
    elif word == "{":
        yield from _listed(tokens, start + 1)
    elif word == "*" and tokens[start + 1].text == "as":
        yield _name(tokens[start + 2])
    elif word in ("const", "let", "var"):
        yield from _declared(tokens, start + 1)
    elif word == "class":
        yield _name(tokens[start + 1])
    elif word == "function" or (word, tokens[start + 1].text) == ("async", "function"):
        start += 2 if word == "async" else 1
        yield _name(tokens[start + (tokens[start].text == "*")])
    else:
        raise _Odd  # such as C{export * from}


def _listed(tokens: list[_Token], start: int) -> Iterator[str]:
    """Yield the names in braces: the last word of each part."""
    for before, token in pairwise(tokens[start - 1 :]):
        if token.text in (",", "}") and token.kind == "sign" and before.text not in ("{", ","):
            yield _name(before)
        if token == _Token("sign", "}", 0):
            return


def _declared(tokens: list[_Token], start: int) -> Iterator[str]:
    """Yield the names of C{const a = 1, b = 2}; too many rather than too few."""
    expected = True
    for token in tokens[start:]:
        if token.depth == 0:
            if expected:
                yield _name(token)
            if token == _Token("sign", ";", 0):
                return
            expected = token == _Token("sign", ",", 0)


def _name(token: _Token) -> str:
    text = token.text[1:-1] if token.kind == "string" else token.text
    if token.kind not in ("word", "string") or "\\" in text:
        raise _Odd
    return text


def _classes(tokens: list[_Token]) -> Iterator[str]:
    for start in _starts(tokens, "class"):
        if start < len(tokens) and tokens[start].kind == "word":
            yield tokens[start].text


def _imports(tokens: list[_Token]) -> Iterator[str]:
    """Yield the specifiers of imports: the strings after C{from} or C{import}."""
    for before, token in pairwise(tokens):
        isSource = token.kind == "string" and token.depth == 0 and before.depth == 0
        if isSource and before.kind == "word" and before.text in ("from", "import"):
            yield token.text[1:-1]
