"""Event stream and long-poll, and what both receive by POST requests.

The JavaScript twins are C{js/transports/http.js}, C{eventstream.js} and C{longpoll.js}.
"""
