"""Call the factory of a resource, which returns the element of each page."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from inspect import Parameter
from typing import Any

from livewidget.elements.element import LiveElement
from livewidget.elements.livepage import LivePage
from livewidget.errors import LivewidgetError
from livewidget.naming import nameOf

_VARIABLE = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


class NotAnElement(LivewidgetError):
    """The factory of a resource did not return a new element or page."""

    def __init__(self, factory: Any, value: Any) -> None:
        super().__init__(factory, value)
        self.factory = factory
        self.value = value

    def __str__(self) -> str:
        what = f"{nameOf(self.factory)} returned {self.value!r}, which"
        if isinstance(self.value, LiveElement):
            return f"{what} is or was in another page or element; return a new one for each page"
        if isinstance(self.value, LivePage):
            return (
                f"{what} was used before, or an element on it was; return a new one for each page"
            )
        return f"{what} is neither a LiveElement nor a LivePage; return a new one for each page"


class Factory:
    """Calls a function or class, with the request if it has a parameter C{request}.

    @ivar function: a L{LiveElement} or L{LivePage} class, or another callable.
    @raise TypeError: it cannot be called, or has other required parameters.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        if isinstance(function, LiveElement):
            name = type(function).__qualname__
            raise TypeError(
                f"{function!r} is one element, and each page needs its own; "
                f"use the class {name}, or a function that returns a new one"
            )
        if not callable(function):
            raise TypeError(
                f"{function!r} cannot be called; use a LiveElement class, "
                "or a function that returns a new element"
            )
        self.function = function
        needed = neededArguments(function)
        if needed:
            name = nameOf(function)
            raise TypeError(
                f"{name} needs {needed}, and is called with nothing but 'request'; "
                f"use a function that calls it with its arguments, such as lambda: {name}(…)"
            )
        self._parameter = next(filter(_isForRequest, _parametersOf(function)), None)

    def make(self, request: Any) -> Any:
        """Return the function's result: an element, or a Deferred or coroutine of one."""
        if self._parameter is None:
            return self.function()
        if self._parameter.kind is Parameter.POSITIONAL_ONLY:
            return self.function(request)
        return self.function(request=request)


def neededArguments(function: Callable[..., Any]) -> str:
    """Return the names of the required parameters but C{request}, as a text; may be empty."""
    return ", ".join(
        repr(parameter.name)
        for parameter in _parametersOf(function)
        if parameter.default is Parameter.empty
        and parameter.kind not in _VARIABLE
        and not _isForRequest(parameter)
    )


def _parametersOf(function: Callable[..., Any]) -> list[Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # a builtin without a signature
        return []


def _isForRequest(parameter: Parameter) -> bool:
    return parameter.name == "request" and parameter.kind not in _VARIABLE
