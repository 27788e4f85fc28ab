"""Event stream, long-poll, and the POST requests that both receive.

The JavaScript twins are C{js/transports/http.js}, C{eventstream.js} and C{longpoll.js}.
"""
