"""What an application subclasses and uses: elements, live pages, exposed methods and topics.

Attributes that begin with C{_live} are private to this room. It may import C{wire}; what an
element needs from its page is the protocol L{livewidget.elements.element.Host}.
"""
