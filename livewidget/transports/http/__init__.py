"""Event stream, long-poll, and the POST requests that both receive.

C{post} checks each request and answers it. C{longpoll} and C{eventstream} carry messages to the
browser, and C{send} those from the browser.

The JavaScript twins are C{js/transports/http.js}, C{eventstream.js} and C{longpoll.js}.
"""
