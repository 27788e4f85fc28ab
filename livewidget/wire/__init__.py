"""The protocol, without I/O: values, messages, counts and calls.

C{delivery} counts and resends messages, and C{sendbuffer} keeps them until they are acknowledged.
C{messages} and C{controls} encode and decode what is sent. C{outgoing} and C{incoming} convert
values, and C{plain} does so for most of them in one step. C{calls} pairs calls and answers.
C{limits} bounds one conversation. C{codes} has the close codes. C{stacks} parses JavaScript
stacks, and formats them for the log.

Methods change state and return what to send; times come in and deadlines go out as values. The
room knows no reactor, clock, socket or randomness, and nothing of HTTP, elements or templates.
It imports none of the other rooms. The JavaScript twin is C{js/wire/}: the two run the same
scripts, C{tests/wire/vectors/}.
"""
