"""What an application subclasses and uses: elements, live pages, exposed methods and topics.

C{element} and C{livepage} are the base classes. C{expose} finds the methods that a browser may
call, and checks their arguments; C{decimals} bounds the decimals among them. C{topic} calls many
elements with one call. C{tree} has the elements of one page.

Attributes that begin with C{_live} are private to this room. It may import C{wire}; what an
element needs from its page is the protocol L{livewidget.elements.element.Host}. The JavaScript
twin of an element is a widget, C{js/page/widget.js}.
"""
