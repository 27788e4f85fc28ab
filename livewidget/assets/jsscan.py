"""What a JavaScript module exports and imports, as far as its text says so for sure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

#: Characters of a module, above which nothing is said: to look through them takes time.
TOO_LONG = 256 * 1024

_SPACE = re.compile(r"(?:\s|\ufeff|//[^\n\r\u2028\u2029]*|/\*.*?\*/)+", re.DOTALL)
_STRING = re.compile(r""""(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*'""", re.DOTALL)
_TEMPLATE = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*(`|\$\{)", re.DOTALL)
_PATTERN = re.compile(r"/(?:[^/\\\[\n\r]|\\.|\[(?:[^\]\\\n\r]|\\.)*\])+/[\w$]*")
_WORD = re.compile(r"(?:[\w$#]|\\u[0-9a-fA-F]{4}|\\u\{[0-9a-fA-F]+\})+")
_NUMBER = re.compile(r"\.?[0-9][\w.]*")
_SIGN = re.compile(r"\?\.(?![0-9])|\+\+|--|=>|\.\.\.|[!-/:-@\[-`{-~]")

#: What a slash after such a word begins is no division.
_BEFORE_PATTERN = {
    *("return", "typeof", "case", "do", "else", "in", "instanceof", "new", "void", "delete"),
    *("throw", "await", "yield", "default", "extends", "export"),
}
_HEADS = {"if", "while", "for", "with"}
_PAIRS = {")": "(", "]": "[", "}": "{"}

_EXPORT = re.compile(r"\bexport\s*(?:[{*]|\s(?:default|class|const|let|var|function|async)\b)")

#: Cheap, and finds too much: what is in comments, too.
_MENTIONED = re.compile(r"""(?:\bfrom|\bimport)\s*(?:"([^"\\\n]+)"|'([^'\\\n]+)')""")


class Scan(NamedTuple):
    """What a module has at its top level.

    @ivar exports: the names that it exports; L{None}: that is not sure.
    @ivar classes: the classes that it declares.
    @ivar imports: from where it imports, as it is written there.
    """

    exports: frozenset[str] | None
    classes: frozenset[str] = frozenset()
    imports: frozenset[str] = frozenset()


@lru_cache(maxsize=512)
def scan(source: bytes) -> Scan:
    """Look through a module. What is odd, or is no JavaScript, makes nothing sure."""
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
    """From where a module may import: all that L{scan} finds, and perhaps more, but quickly."""
    found = _MENTIONED.findall(source.decode("utf-8", "replace"))
    return frozenset(double or single for double, single in found)


class _Odd(Exception):
    """What is here may be right, and is not understood."""


class _Token(NamedTuple):
    """A part of the text.

    @ivar kind: C{word}, C{string}, C{value} or C{sign}.
    @ivar depth: how many brackets it is in; brackets are not in themselves.
    """

    kind: str
    text: str
    depth: int


class _Lexer:
    """Takes a module apart, so that what looks like code in strings and comments is none."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        # The brackets that are open, and whether a pattern may follow when they are closed.
        self._open: list[tuple[str, bool]] = []
        self._before = _Token("sign", ";", 0)
        self._beforeThat = self._before
        self._lastClosed = False

    def tokens(self) -> Iterator[_Token]:
        """The tokens, in order.

        @raise _Odd: something is not understood.
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
                raise _Odd  # a comment without an end
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
        # If this is code that we take for a literal, we are wrong where it matters.
        if _EXPORT.search(found):
            raise _Odd
        return found

    def _token(self, kind: str, text: str) -> _Token:
        return _Token(kind, text, len(self._open))

    def _isHead(self) -> bool:
        """Whether the parenthesis that opens here belongs to a C{for} or the like."""
        before, beforeThat = self._before, self._beforeThat
        if before.text == "await" and beforeThat.text == "for":
            return True
        return (
            before.kind == "word" and before.text in _HEADS and beforeThat.text not in (".", "?.")
        )

    def _patternMayFollow(self) -> bool:
        """Whether a slash here begins a pattern; else it divides."""
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
    """Where something follows such a word at the top level."""
    for index, token in enumerate(tokens):
        if token == _Token("word", word, 0) and tokens[index - 1].text not in (".", "?."):
            yield index + 1


def _exports(tokens: list[_Token]) -> Iterator[str]:
    # So that there always is a next one.
    tokens = [*tokens, *[_Token("sign", ";", 0)] * 3]
    for start in _starts(tokens, "export"):
        yield from _exported(tokens, start)


def _exported(tokens: list[_Token], start: int) -> Iterator[str]:
    """The names of one C{export}."""
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
        raise _Odd  # such as all that another module exports


def _listed(tokens: list[_Token], start: int) -> Iterator[str]:
    """The names in braces: the last word of each part."""
    for before, token in pairwise(tokens[start - 1 :]):
        if token.text in (",", "}") and token.kind == "sign" and before.text not in ("{", ","):
            yield _name(before)
        if token == _Token("sign", "}", 0):
            return


def _declared(tokens: list[_Token], start: int) -> Iterator[str]:
    """The names of C{const a = 1, b = 2}. Rather too many of them than too few."""
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
    """From where is imported: the string after C{from}, or after C{import} itself."""
    for before, token in pairwise(tokens):
        isSource = token.kind == "string" and token.depth == 0 and before.depth == 0
        if isSource and before.kind == "word" and before.text in ("from", "import"):
            yield token.text[1:-1]
