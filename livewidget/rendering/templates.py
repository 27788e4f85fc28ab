"""Jinja2 templates of elements."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
    TemplateNotFound,
)
from jinja2.runtime import Context

from livewidget.assets.folders import definingFolder
from livewidget.errors import TemplateError

if TYPE_CHECKING:
    from livewidget.elements.element import LiveElement
    from livewidget.elements.livepage import LivePage

_MISSING = object()
#: What an element's template, or a page's, is of: its attributes are names in there.
_SUBJECT = "_liveSubject"
#: The names that are never attributes.
_OURS = "_liveOurs"


#: The folder of livewidget's own templates.
HTML = Path(__file__).resolve().parent / "html"

#: Finds templates that applications extend, such as C{"livewidget/page.html"}.
_OWN = PrefixLoader({"livewidget": FileSystemLoader(HTML)})


class SubjectContext(Context):
    """Looks up the attributes of an element or page when the template uses them."""

    def resolve_or_missing(self, key: str) -> Any:
        """Return a variable of the template, one of ours, an attribute or a global."""
        ours = key in self.vars or key in self.parent.get(_OURS, ())
        if not ours and not key.startswith("_"):
            value = getattr(self.parent.get(_SUBJECT), key, _MISSING)
            if value is not _MISSING:
                return value
        return super().resolve_or_missing(key)


class _RootAttributes:
    """What C{{{ liveElement }}} puts into the tag of the root node.

    @ivar placed: how often it was used.
    """

    def __init__(self, elementId: int) -> None:
        self._elementId = elementId
        self.placed = 0

    def __html__(self) -> str:
        self.placed += 1
        return f'data-live-element="{self._elementId}"'


class Templates:
    """The templates of all elements, each compiled once.

    @param debug: whether to compile a template again when its file has changed.
    """

    def __init__(self, debug: bool = False) -> None:
        self._debug = debug
        self._environments: dict[Path, Environment] = {}
        self._templates: dict[type, Template] = {}

    def render(self, element: LiveElement) -> str:
        """Render an element.

        @raise TemplateError: the template is missing, or does not contain C{{{ liveElement }}}
            exactly once.
        """
        attributes = _RootAttributes(element.elementId)
        names = {
            "element": element,
            "liveElement": attributes,
            "liveId": lambda name: f"live-{element.elementId}-{name}",
        }
        html = self._render(element, names)
        if attributes.placed != 1:
            raise TemplateError(
                f"the template {element.template!r} of {type(element).__qualname__} has "
                f"{{{{ liveElement }}}} {attributes.placed} times. Put it into the tag of its "
                "root node, once"
            )
        return html

    def renderPage(self, page: LivePage, names: dict[str, Any]) -> str:
        """Render the HTML around the elements of a page.

        @param names: the template's variables besides the attributes of the page.
        @raise TemplateError: the template is missing.
        """
        return self._render(page, {"page": page, "elements": page.elements, **names})

    def _render(self, subject: LiveElement | LivePage, names: dict[str, Any]) -> str:
        context = {**names, _SUBJECT: subject, _OURS: names}
        return self._find(type(subject)).render(context)

    def _find(self, cls: type) -> Template:
        template = self._templates.get(cls)
        if template is None or self._debug:
            template = self._templates[cls] = self._load(cls)
        return template

    def _load(self, cls: Any) -> Template:
        if not cls.template:
            raise TemplateError(f'{cls.__qualname__} has no template. Set template = "NAME.html"')
        folder = definingFolder(cls, "template")
        try:
            return self._environment(folder).get_template(cls.template)
        except TemplateNotFound as error:
            raise TemplateError(
                f"{cls.__qualname__} needs the template {error.name!r}, but "
                f"{folder / str(error.name)} does not exist"
            ) from None

    def _environment(self, folder: Path) -> Environment:
        environment = self._environments.get(folder)
        if environment is None:
            environment = Environment(
                loader=ChoiceLoader([FileSystemLoader(folder), _OWN]),
                autoescape=True,
                undefined=StrictUndefined,
                auto_reload=self._debug,
            )
            environment.context_class = SubjectContext
            self._environments[folder] = environment
        return environment
