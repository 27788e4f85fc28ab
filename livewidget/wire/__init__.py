"""The protocol, without I/O: values, messages, counts and calls.

It knows no reactor, clock, socket or randomness, and nothing of HTTP, elements or templates.
Methods change state and return what to send; times come in and deadlines go out as values. It
imports nothing of livewidget but C{errors}. The JavaScript twin is C{js/wire/}: the two run the
same scripts, C{tests/wire/vectors/}.
"""
